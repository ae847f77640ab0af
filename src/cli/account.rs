//! `stembank account ...`: people without the web, for the first administrator.

use super::{Failure, personal_data, with_bank};
use crate::accounts::commands::{DisableAccount, IssueApiToken, NewAccount, WithdrawApiToken};
use crate::accounts::passwords::Password;
use crate::accounts::{Error, InstitutionView, institutions, queries};
use crate::actor::{Actor, Grant, Role, Scope};
use crate::app::App;
use crate::id::TokenId;
use crate::language::Lang;
use crate::maintenance::opening::Purpose;
use crate::page::Window;
use chrono::{DateTime, Duration, Utc};
use clap::{Args, Subcommand, ValueEnum};
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

/// What to do with accounts.
#[derive(Subcommand)]
pub enum Command {
    /// Opens an account. With --password-stdin the password is the first line of standard input.
    Create(Create),
    /// Lists all accounts.
    List,
    /// Closes an account; its sessions and tokens stop working at once.
    Disable {
        /// Its e-mail.
        email: String,
        /// Why, for the history.
        #[arg(long, default_value = "closed by the command line")]
        reason: String,
    },
    /// Manages API tokens.
    #[command(subcommand)]
    Token(Token),
    /// Writes everything the bank holds about somebody as JSON, to be handed to them.
    Export {
        /// Their e-mail.
        email: String,
        /// The file to write; standard output unless told.
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Erases somebody's account at their wish; what the law makes the bank keep stays for its term.
    Erase {
        /// Their e-mail.
        email: String,
        /// Do it; without this it is only said what would be kept.
        #[arg(long)]
        yes: bool,
    },
}

/// An account to open.
#[derive(Args)]
pub struct Create {
    /// E-mail.
    email: String,
    /// Name, as printed under agreements.
    #[arg(long)]
    name: String,
    /// Role; may be given more than once.
    #[arg(long = "role", value_enum)]
    roles: Vec<RoleArg>,
    /// Where the person works: a ROR id or the exact name of an institution. A signatory signs for it.
    #[arg(long)]
    institution: Option<String>,
    /// Language of letters.
    #[arg(long, default_value = "ko", value_parser = ["ko", "en"])]
    lang: String,
    /// Read a password from standard input.
    #[arg(long)]
    password_stdin: bool,
}

/// Roles as arguments.
#[derive(Clone, Copy, ValueEnum)]
enum RoleArg {
    Researcher,
    Signatory,
    Staff,
    CommitteeMember,
    Administrator,
}

impl From<RoleArg> for Role {
    fn from(arg: RoleArg) -> Self {
        match arg {
            RoleArg::Researcher => Self::Researcher,
            RoleArg::Signatory => Self::Signatory,
            RoleArg::Staff => Self::Staff,
            RoleArg::CommitteeMember => Self::CommitteeMember,
            RoleArg::Administrator => Self::Administrator,
        }
    }
}

/// Scopes as arguments.
#[derive(Clone, Copy, ValueEnum)]
pub enum ScopeArg {
    Read,
    Request,
    Staff,
    Administer,
}

impl From<ScopeArg> for Scope {
    fn from(arg: ScopeArg) -> Self {
        match arg {
            ScopeArg::Read => Self::Read,
            ScopeArg::Request => Self::Request,
            ScopeArg::Staff => Self::Staff,
            ScopeArg::Administer => Self::Administer,
        }
    }
}

/// What to do with tokens.
#[derive(Subcommand)]
pub enum Token {
    /// Gives an account a token and prints it once.
    Issue {
        /// E-mail of the account.
        email: String,
        /// What it is for.
        #[arg(long)]
        name: String,
        /// What it may do; may be given more than once. Every token reads; without this it does nothing else.
        #[arg(long = "scope", value_enum)]
        scopes: Vec<ScopeArg>,
        /// Days until it expires.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=3660))]
        days: i64,
    },
    /// Lists the tokens of an account, without their secrets.
    List {
        /// E-mail of the account.
        email: String,
    },
    /// Revokes a token by its number; the next call with it is refused.
    Revoke {
        /// Its number.
        number: i64,
    },
}

/// Does it.
pub async fn run(config: &Path, command: Command) -> Result<(), Failure> {
    with_bank(config, Purpose::Use, async |app| act(app, command).await).await
}

async fn act(app: &App, command: Command) -> Result<(), Failure> {
    let actor = Actor::system("command-line");
    match command {
        Command::Create(new) => create(app, &actor, new).await,
        Command::List => {
            for account in queries::accounts(app, &actor).await? {
                let state = account.disabled_at.map_or("open".into(), |at| format!("disabled {}", day(at)));
                println!("{}\t{}\t{}\t{state}", account.email, account.name, account.roles.unwrap_or_default());
            }
            Ok(())
        }
        Command::Disable { email, reason } => {
            let account = queries::person_by_email(app.db.read(), &email).await.map_err(Error::from)?;
            let account = account.ok_or_else(|| Error::NoSuchAccount(email.clone()))?;
            app.run(&actor, DisableAccount { person: account.id, reason }).await?;
            println!("{email} is disabled.");
            Ok(())
        }
        Command::Token(token) => tokens(app, &actor, token).await,
        Command::Export { email, output } => personal_data::export(app, &actor, &email, output.as_deref()).await,
        Command::Erase { email, yes } => personal_data::erase(app, &actor, &email, yes).await,
    }
}

async fn create(app: &App, actor: &Actor, new: Create) -> Result<(), Failure> {
    let institution = match &new.institution {
        Some(name) => Some(find(app, actor, name).await?.id),
        None => None,
    };
    let grant = |role: RoleArg| {
        let role = Role::from(role);
        Grant { role, institution: institution.filter(|_| role == Role::Signatory) }
    };
    let password = if new.password_stdin { Some(read_password()?) } else { None };
    let account = NewAccount {
        email: new.email.clone(),
        name: new.name,
        lang: Lang::from_tag(&new.lang).unwrap_or_default(),
        institution,
        password,
        grants: new.roles.into_iter().map(grant).collect(),
        made_up: false,
    };
    app.run_prepared(actor, account).await?;
    println!("{} has an account.", new.email);
    Ok(())
}

/// By ROR id or exact name; a name that several share needs the ROR id.
async fn find(app: &App, actor: &Actor, name: &str) -> Result<InstitutionView, Failure> {
    let search = Some(name.trim_start_matches("https://ror.org/").into());
    let filter = institutions::queries::Filter { search, ..Default::default() };
    let window = Window { first: Some(100), ..Window::default() };
    let page = institutions::queries::list(app, actor, &filter, &window).await?;
    let is_it = |i: &InstitutionView| {
        i.name == name
            || i.name_ko.as_deref() == Some(name)
            || i.ror_id.as_deref().is_some_and(|ror| ror == name || ror.ends_with(&format!("/{name}")))
    };
    let mut found: Vec<_> = page.rows.into_iter().map(|row| row.1.institution).filter(is_it).collect();
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(Failure::new(format!("several institutions are called '{name}'; give the ROR id"))),
        (None, _) => Err(Failure::new(format!("no open institution is called '{name}'; import it first"))),
    }
}

fn read_password() -> Result<Password, Failure> {
    if std::io::stdin().is_terminal() {
        eprint!("Password (it will be seen): ");
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| Failure::at("standard input")(&error))?;
    Ok(Password(line.trim_end_matches(['\r', '\n']).into()))
}

async fn tokens(app: &App, actor: &Actor, token: Token) -> Result<(), Failure> {
    match token {
        Token::Issue { email, name, scopes, days } => {
            let until = app.clock.now() + Duration::days(days);
            let scopes: Vec<_> = scopes.into_iter().map(Scope::from).collect();
            // Every token reads; more than it is given it never may.
            let scopes = if scopes.is_empty() { vec![Scope::Read] } else { scopes };
            let issue = IssueApiToken { email: email.clone(), name, scopes, expires_at: Some(until), secret: None };
            let issued = app.run(actor, issue).await?;
            println!("{}", issued.secret);
            eprintln!("Token number {} of {email}, valid until {}. It is shown only now.", issued.id.0, day(until));
        }
        Token::List { email } => {
            for token in queries::tokens(app, actor, &email).await? {
                let state = match (token.revoked_at, token.expires_at) {
                    (Some(at), _) => format!("revoked {}", day(at)),
                    (None, Some(until)) => format!("valid until {}", day(until)),
                    (None, None) => "valid until revoked".into(),
                };
                println!("{}\t{}\tissued {}\t{state}", token.id, token.name, day(token.created_at));
            }
        }
        Token::Revoke { number } => {
            app.run(actor, WithdrawApiToken { token: TokenId(number) }).await?;
            println!("Token {number} is revoked.");
        }
    }
    Ok(())
}

fn day(at: DateTime<Utc>) -> String {
    crate::app::seoul_date(at).to_string()
}
