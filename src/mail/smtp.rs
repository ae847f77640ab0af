//! The way to the mail server.
//!
//! Connections are opened here and not by the library's own pool: that one waits without end for a server that fell
//! silent, and a connection that was given up in the middle of a letter would go back into it.

use crate::config::{Smtp, SmtpTls, is_this_machine};
use crate::error::{Code, Description, DomainError, Kind};
use crate::language::{Lang, particle};
use lettre::Address;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// An open connection.
pub(super) type Line = AsyncSmtpConnection;
/// What a mail server says before it closes the connection.
const CLOSING: u16 = 421;
/// Characters that are kept of a server's answer.
const SHORT: usize = 200;
/// How long a server is given to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// What is wrong with the settings of mail, or with the server they name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// The sender is no mailbox.
    From,
    /// A user name without a password, or the other way round.
    Credentials,
    /// A password would travel readably over a network.
    ReadablePassword,
    /// The file of the authority cannot be read, or has no certificate in it.
    CaFile(PathBuf),
    /// Nobody answers.
    Away {
        /// Where, as host:port.
        server: String,
        /// What the system says.
        cause: String,
    },
    /// It does not answer in time.
    Slow {
        /// Where, as host:port.
        server: String,
        /// Seconds it was given.
        seconds: u64,
    },
    /// It offers no STARTTLS.
    NoStartTls(String),
    /// The encryption failed, most often because of the certificate.
    Tls {
        /// Where, as host:port.
        server: String,
        /// What is wrong with it.
        cause: String,
    },
    /// It does not accept user name and password.
    SignIn {
        /// Where, as host:port.
        server: String,
        /// The server's words.
        cause: String,
    },
}

crate::shown_in_english!(SmtpError);

impl DomainError for SmtpError {
    fn describe(&self) -> Description {
        match self {
            Self::Away { .. } | Self::Slow { .. } => Description::new(Kind::Busy, Code::Busy),
            _ => Description::new(Kind::Internal, Code::Internal),
        }
    }

    fn say(&self, lang: Lang) -> String {
        match self {
            Self::From => lang
                .pick(
                    "smtp.from is no sender; write it as 'Name <name@example.org>'.",
                    "smtp.from 값은 발신인이 아닙니다. '이름 <name@example.org>' 형식으로 적어 주십시오.",
                )
                .into(),
            Self::Credentials => lang
                .pick(
                    "smtp.username and smtp.password go together; give both or neither.",
                    "smtp.username과 smtp.password는 함께 지정하거나 함께 비워 두어야 합니다.",
                )
                .into(),
            Self::ReadablePassword => lang
                .pick(
                    "smtp.tls is 'none' and smtp.host is another machine: the password would travel readably. Use 'starttls' \
                     or 'required'.",
                    "smtp.tls가 'none'이고 smtp.host가 다른 컴퓨터여서 비밀번호가 그대로 노출됩니다. 'starttls' 또는 \
                     'required'를 사용해 주십시오.",
                )
                .into(),
            Self::CaFile(path) => {
                let path = path.display();
                lang.pick(
                    format!("smtp.ca_file: no certificate can be read from {path}."),
                    format!("smtp.ca_file: {path} 파일에서 인증서를 읽을 수 없습니다."),
                )
            }
            Self::Away { server, cause } => lang.pick(
                format!("The mail server {server} cannot be reached: {cause}."),
                format!("메일 서버 {server}에 연결할 수 없습니다: {cause}."),
            ),
            Self::Slow { server, seconds } => lang.pick(
                format!("The mail server {server} did not answer within {seconds} seconds."),
                format!("메일 서버 {server}의 응답이 {seconds}초 안에 오지 않았습니다."),
            ),
            Self::NoStartTls(server) => lang.pick(
                format!("The mail server {server} offers no STARTTLS; nothing is sent unencrypted."),
                format!("메일 서버 {server}에서 STARTTLS를 제공하지 않습니다. 암호화하지 않고는 보내지 않습니다."),
            ),
            Self::Tls { server, cause } => lang.pick(
                format!(
                    "The connection to the mail server {server} cannot be encrypted: {cause}. If an authority of your own \
                     issued its certificate, name that authority's certificate in smtp.ca_file."
                ),
                format!(
                    "메일 서버 {} 연결을 암호화할 수 없습니다: {cause}. 자체 인증 기관에서 발급한 인증서라면 그 기관의 \
                     인증서를 smtp.ca_file에 지정해 주십시오.",
                    particle(server, "과의", "와의")
                ),
            ),
            Self::SignIn { server, cause } => lang.pick(
                format!("The mail server {server} does not let the bank sign in: {cause}."),
                format!("메일 서버 {server}에 로그인할 수 없습니다: {cause}."),
            ),
        }
    }
}

/// Why a letter did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DeliveryError {
    /// It is not the letter's fault: no letter leaves at the moment.
    Server(String),
    /// This letter not now.
    Later(String),
    /// This letter never.
    Never(String),
}

/// A mail server by its settings.
pub(super) struct Server {
    settings: Smtp,
    /// Sender of all letters.
    pub from: Mailbox,
    tls: Option<TlsParameters>,
}

/// Connects to the mail server, says hello, encrypts and signs in as the settings say, and leaves without a letter.
///
/// # Errors
/// What is wrong, as a sentence that names the setting or the server.
pub async fn check(settings: &Smtp) -> Result<(), SmtpError> {
    let server = Server::new(settings)?;
    let line = server.connect().await?;
    close(line).await;
    Ok(())
}

/// Says goodbye; a server that does not answer is left without.
pub(super) async fn close(mut line: Line) {
    drop(tokio::time::timeout(GOODBYE, line.abort()).await);
}

impl Server {
    /// Checks the settings; connects to nothing.
    pub fn new(settings: &Smtp) -> Result<Self, SmtpError> {
        let from: Mailbox = settings.from.parse().map_err(|_| SmtpError::From)?;
        if settings.username.is_some() != settings.password.is_some() {
            return Err(SmtpError::Credentials);
        }
        let here = is_this_machine(&settings.host);
        if settings.tls == SmtpTls::None && settings.username.is_some() && !here {
            return Err(SmtpError::ReadablePassword);
        }
        let tls = (settings.tls != SmtpTls::None).then(|| parameters(settings)).transpose()?;
        Ok(Self { settings: settings.clone(), from, tls })
    }

    /// How long connecting, and then each letter, may take.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.settings.timeout_seconds.clamp(1, 300))
    }

    /// Connections at the same time.
    pub fn lines(&self) -> usize {
        self.settings.connections.clamp(1, 16)
    }

    /// Times that a letter is tried.
    pub fn attempts(&self) -> i32 {
        self.settings.attempts.max(1)
    }

    fn name(&self) -> String {
        format!("{}:{}", self.settings.host, self.settings.port())
    }

    /// Opens a connection, ready for letters.
    pub async fn connect(&self) -> Result<Line, SmtpError> {
        match tokio::time::timeout(self.patience(), self.open()).await {
            Ok(answer) => answer,
            Err(_) => Err(SmtpError::Slow { server: self.name(), seconds: self.patience().as_secs() }),
        }
    }

    async fn open(&self) -> Result<Line, SmtpError> {
        let hello = ClientId::default();
        let at_once = self.tls.clone().filter(|_| self.settings.tls == SmtpTls::Required);
        let place = (self.settings.host.as_str(), self.settings.port());
        let opened = AsyncSmtpConnection::connect_tokio1(place, Some(self.patience()), &hello, at_once, None).await;
        let encrypting = |error: Failure| SmtpError::Tls { server: self.name(), cause: words(&error, "") };
        let mut line = opened.map_err(|error| match self.settings.tls {
            SmtpTls::Required if error.is_tls() || broke_encryption(&error) => encrypting(error),
            _ => SmtpError::Away { server: self.name(), cause: words(&error, "") },
        })?;
        if let Some(tls) = self.tls.clone().filter(|_| self.settings.tls == SmtpTls::Starttls) {
            if !line.can_starttls() {
                close(line).await;
                return Err(SmtpError::NoStartTls(self.name()));
            }
            line.starttls(tls, &hello).await.map_err(encrypting)?;
        }
        if let (Some(username), Some(password)) = (&self.settings.username, &self.settings.password) {
            let credentials = Credentials::new(username.clone(), password.0.clone());
            let refused = |error: Failure| SmtpError::SignIn { server: self.name(), cause: words(&error, username) };
            line.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(refused)?;
        }
        Ok(line)
    }

    /// Hands a letter over. After an error the connection is of no more use.
    pub async fn send(&self, line: &mut Line, message: &Message) -> Result<(), DeliveryError> {
        match tokio::time::timeout(self.patience(), hand_over(line, message)).await {
            Ok(answer) => answer,
            Err(_) => Err(DeliveryError::Later(format!("no answer within {} seconds", self.patience().as_secs()))),
        }
    }
}

type Failure = lettre::transport::smtp::Error;

/// Encryption from the first byte is part of connecting, and the library reports whatever stops it as a failure to
/// connect: what is said of the certificate, or bytes that are no TLS, stands below as invalid data.
fn broke_encryption(error: &Failure) -> bool {
    let mut below = std::error::Error::source(error);
    while let Some(cause) = below {
        if cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        below = cause.source();
    }
    false
}

fn parameters(settings: &Smtp) -> Result<TlsParameters, SmtpError> {
    let mut tls = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let pem = std::fs::read(path).map_err(|_| SmtpError::CaFile(path.clone()))?;
        tls = tls.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| SmtpError::CaFile(path.clone()))?);
    }
    let failed = |error: Failure| SmtpError::Tls { server: settings.host.clone(), cause: words(&error, "") };
    tls.build().map_err(failed)
}

async fn hand_over(line: &mut Line, message: &Message) -> Result<(), DeliveryError> {
    let Some(to) = message.envelope().to().first().cloned() else {
        return Err(DeliveryError::Never("the letter has no recipient".into()));
    };
    let from = message.envelope().from().cloned();
    let mut parameters = vec![];
    let ascii = |address: &Address| address.to_string().is_ascii();
    if !ascii(&to) || from.as_ref().is_some_and(|from| !ascii(from)) {
        if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(DeliveryError::Never("the mail server takes only addresses in ASCII".into()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let of_letter = |error: Failure| of_letter(&error, to.user());
    line.command(Mail::new(from, parameters)).await.map_err(|error| of_sender(&error))?;
    line.command(Rcpt::new(to.clone(), vec![])).await.map_err(of_letter)?;
    line.command(Data).await.map_err(of_letter)?;
    line.message(&message.formatted()).await.map_err(of_letter)?;
    Ok(())
}

/// The sender is the same in all letters: what is refused here for ever is a matter of the settings, and a connection
/// that is gone here had not begun the letter.
fn of_sender(error: &Failure) -> DeliveryError {
    let passing = error.is_transient() && error.status().map(u16::from) != Some(CLOSING);
    if passing { DeliveryError::Later(words(error, "")) } else { DeliveryError::Server(words(error, "")) }
}

fn of_letter(error: &Failure, user: &str) -> DeliveryError {
    if error.is_permanent() {
        DeliveryError::Never(words(error, user))
    } else {
        DeliveryError::Later(words(error, user))
    }
}

/// What a server said, shortened, without addresses: neither whole ones nor the part before the @ of the one at hand.
fn words(error: &Failure, user: &str) -> String {
    without_addresses(&error.to_string(), user)
}

fn without_addresses(text: &str, user: &str) -> String {
    let hide = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let named = !user.is_empty() && bare.eq_ignore_ascii_case(user);
        if word.contains('@') || named { "<...>".to_owned() } else { word.to_owned() }
    };
    let words: Vec<_> = text.split_whitespace().map(hide).collect();
    let text = words.join(" ");
    let text = text.trim_end_matches('.');
    if text.chars().count() <= SHORT { text.to_owned() } else { text.chars().take(SHORT).collect::<String>() + "..." }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_servers_are_kept_without_addresses_and_short() {
        let said = "permanent error (550): 5.1.1 <hong@example.org>: user Hong unknown, see hong@example.org.";
        assert_eq!(without_addresses(said, "hong"), "permanent error (550): 5.1.1 <...> user <...> unknown, see <...>");
        assert_eq!(without_addresses(&"가 ".repeat(500), "").chars().count(), SHORT + 3);
    }
}
