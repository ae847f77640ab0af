//! Nothing about people stands in the log: the service runs as a process of its own that logs everything it can, the
//! main job is done with it, wrong passwords, refusals and a broken database included, and its whole output is
//! searched. Each refusal is one line in it.

use crate::cast::{Cast, PASSWORD};
use crate::journey::{complete, signing};
use crate::support::{Bank, on_a_bank};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A header in which a proxy would tell the address, and an address.
const FROM: &str = "x-made-up-address";
const HOUSEHOLD: &str = "203.0.113.77";
/// What an authenticator and the bank share.
const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// Kind, reason and route of every refusal that the life of the service has in it.
const EXPECTED: [(&str, &str, &str); 19] = [
    ("failed_sign_in", "disabled_account", "/sign-in"),
    ("failed_sign_in", "locked_account", "/sign-in"),
    ("failed_sign_in", "unknown_account", "/sign-in"),
    ("failed_sign_in", "unknown_login", "/sign-in/{provider}/callback"),
    ("failed_sign_in", "unverified_email", "/sign-in"),
    ("failed_sign_in", "wrong_password", "/graphql"),
    ("failed_sign_in", "wrong_password", "/sign-in"),
    ("failed_sign_in", "wrong_second_factor", "/sign-in"),
    ("forbidden", "not_permitted", "/graphql"),
    ("forbidden", "second_factor_missing", "/admin/institutions"),
    ("forbidden", "session_required", "/graphql"),
    ("foreign_form", "foreign_origin", "/graphql"),
    ("foreign_form", "foreign_origin", "/sign-in"),
    ("foreign_form", "unknown_origin", "/sign-in"),
    ("foreign_form", "wrong_form_token", "/sign-out"),
    ("throttled", "too_many_attempts", "/sign-in"),
    ("wrong_link", "wrong_link", "/graphql"),
    ("wrong_link", "wrong_link", "/reset-password"),
    ("wrong_token", "wrong_token", "/graphql"),
];

/// The service in a process of its own; it ends with the test.
pub struct Service {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

/// An address of this machine on which nobody listens.
pub fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

impl Service {
    /// Starts it on the bank's database, with more settings, and waits until it is ready.
    pub fn start(bank: &Bank, log: &Path, settings: &[(&str, &str)]) -> Self {
        Self::begin(&bank.app.config.database_url, free_address(), log, settings).once_ready(log)
    }

    /// The same, once it is ready.
    pub fn once_ready(self, log: &Path) -> Self {
        let begun = Instant::now();
        while !self.is_ready() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{}", std::fs::read_to_string(log).unwrap());
            std::thread::sleep(Duration::from_millis(50));
        }
        self
    }

    /// Starts it on a database and at an address, and waits for nothing.
    pub fn begin(url: &str, address: SocketAddr, log: &Path, settings: &[(&str, &str)]) -> Self {
        let out = std::fs::File::create(log).unwrap();
        // A file that may not grow is an error like a full disk, not the end of the process.
        let child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_stembank")])
            .args(["--config", "/dev/null/none.toml", "serve"])
            .env("BANK_DATABASE_URL", url)
            .env("BANK_LISTEN", address.to_string())
            .env("BANK_ARGON2__MEMORY_KIB", "8")
            .env("BANK_ARGON2__PASSES", "1")
            .env("BANK_ARGON2__LANES", "1")
            .env("RUST_LOG", "trace")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        Self { child, address }
    }

    /// Whether it answers that it can serve.
    pub fn is_ready(&self) -> bool {
        get(self.address, "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// Number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ended, however that comes.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    /// Tells it to stop and waits until it did: true if it ended well.
    pub fn stop(mut self) -> bool {
        let notified = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        notified.success() && self.child.wait().unwrap().success()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn exchange(address: SocketAddr, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

/// A GET of a service in a process of its own; `None` if nobody answers.
pub fn get(address: SocketAddr, path: &str) -> Option<String> {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"))
}

/// Any request: method and path, more headers, a body. The whole answer with its head.
pub fn send(address: SocketAddr, line: &str, headers: &[(&str, &str)], body: &str) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    exchange(address, &request).expect("the service answers")
}

/// A POST to /graphql of a service in a process of its own.
pub fn post(address: SocketAddr, token: Option<&str>, headers: &[(&str, &str)], body: &str) -> (StatusCode, Value) {
    try_post(address, token, headers, body).expect("the service answers")
}

/// The same of a service that may be gone; `None` if it does not answer, or not to the end of the answer's head.
pub fn try_post(
    address: SocketAddr,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<(StatusCode, Value)> {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{token}{headers}\r\n{body}",
        body.len()
    );
    let answer = exchange(address, &request)?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some((StatusCode::from_u16(status).unwrap(), serde_json::from_str(body).unwrap_or(Value::Null)))
}

/// What must not be said: names, addresses, secrets, numbers of approvals and free texts that the test uses.
fn unsaid(cast: &Cast) -> Vec<String> {
    let people = [
        &cast.researcher,
        &cast.signatory,
        &cast.staff,
        &cast.second_staff,
        &cast.committee,
        &cast.administrator,
        &cast.stranger,
    ];
    let mut unsaid: Vec<String> = people.iter().flat_map(|p| [p.email.clone(), p.token.clone()]).collect();
    unsaid.extend(people.iter().map(|p| format!("Made-up {}", p.email.trim_end_matches("@example.org"))));
    let texts = [
        PASSWORD,
        "a wrong password of somebody",
        "nobody-known@example.net",
        "1 Made-up Street",
        "IRB-1 (made up)",
        "A made-up project",
        "Made up for a test.",
        "Culture, differentiate, compare.",
        "a private comment",
        "Tracking-0001-private",
        "stembank_wrong_token_of_somebody",
        "a-wrong-secret-of-a-link",
        "a-wrong-token-of-a-form",
        "a-page-of-somebody.example",
        HOUSEHOLD,
        SECRET,
    ];
    unsaid.extend(texts.map(str::to_owned));
    unsaid
}

/// Everything a service is asked in its life, and what goes wrong in it.
async fn a_life(bank: &Bank, cast: &Cast, line: stembank::id::CellLineId) {
    let journey = bank.claimed(cast, &[(line, 1)]).await;
    let input = json!({ "request": journey.id, "comment": "a private comment" });
    bank.done(&cast.staff, "returnDistributionRequest", "distributionRequest", "id", input).await;
    let input = json!({ "request": journey.id });
    bank.done(&cast.researcher, "withdrawDistributionRequest", "distributionRequest", "id", input).await;
    let (second, shipment) = bank.shipped(cast, &[(line, 1)]).await;
    let input = json!({ "shipment": shipment, "trackingNumber": "Tracking-0001-private" });
    assert_eq!(
        bank.act(&cast.staff, "dispatchShipment", "shipment { id }", input).await["errors"][0]["code"],
        "WRONG_STATE"
    );
    let input = json!({ "shipment": shipment });
    bank.done(&cast.researcher, "confirmReceipt", "shipment", "id", input).await;

    let third = bank.approved(cast, &[(line, 1)]).await;
    let agreement = bank.offered(cast, &third).await;
    let mut wrong = signing(&cast.researcher, &agreement, "PRINCIPAL_INVESTIGATOR");
    wrong["password"] = json!("a wrong password of somebody");
    for _ in 0..3 {
        let refused = bank.act(&cast.researcher, "signAgreement", "agreement { id }", wrong.clone()).await;
        assert_eq!(refused["errors"][0]["code"], "WRONG_CREDENTIALS");
    }
    wrong["email"] = json!("nobody-known@example.net");
    bank.act(&cast.researcher, "signAgreement", "agreement { id }", wrong).await;
    let everything = format!(
        "{{ distributionRequest(number: \"{}\") {{ address summary irbApprovalNumber applicant {{ name }} timeline {{ label person {{ name }} }} }}
            viewer {{ email personalData erasure {{ reason }} }} }}",
        second.number
    );
    bank.data(&cast.researcher, &everything, json!({})).await;
    bank.ask(Some("stembank_wrong_token_of_somebody"), "{ viewer { email } }", json!({})).await;
    let mut unfit = complete(&[(line, 101)]);
    unfit["principalInvestigator"] = json!("nobody-known@example.net");
    bank.act(&cast.researcher, "createDistributionRequest", "distributionRequest { id }", unfit).await;
    let erase = json!({ "email": cast.stranger.email, "password": PASSWORD, "confirm": true });
    bank.act(&cast.stranger, "eraseAccount", "erasedAccount { erasedAt }", erase).await;
}

/// What is wrong with the call itself: by the address, malformed, with a secret where none belongs.
fn rude_calls(address: SocketAddr, cast: &Cast) {
    let email = cast.researcher.email.replace('@', "%40");
    let variables =
        format!("%7B%22email%22%3A%22{email}%22%2C%22password%22%3A%22{}%22%7D", PASSWORD.replace(' ', "%20"));
    get(address, &format!("/graphql?query=%7Bviewer%7Bemail%7D%7D&variables={variables}")).unwrap();
    get(address, &format!("/nowhere/{email}")).unwrap();
    let token = Some(cast.researcher.token.as_str());
    post(address, token, &[], &format!("{{ \"query\": \"{PASSWORD}"));
    post(address, token, &[], &json!({ "query": format!("{{ viewer {{ {PASSWORD} }} }}") }).to_string());
    let query = "mutation($input: SignAgreementInput!) { signAgreement(input: $input) { errors { code } } }";
    let unfit = json!({ "input": { "email": cast.researcher.email, "password": PASSWORD, "party": PASSWORD } });
    post(address, token, &[], &json!({ "query": query, "variables": unfit }).to_string());
}

/// The database loses a table in the middle of the work.
async fn a_broken_database(bank: &Bank, cast: &Cast, line: stembank::id::CellLineId) {
    for table in ["request_line", "audit_event", "role_grant"] {
        bank.execute(&format!("ALTER TABLE {table} RENAME TO {table}_away")).await.unwrap();
        let query = "mutation($input: CreateDistributionRequestInput!) {
            createDistributionRequest(input: $input) { errors { message } distributionRequest { address } } }";
        let variables = json!({ "input": complete(&[(line, 1)]) });
        let answer = bank.ask(Some(&cast.researcher.token), query, variables).await;
        assert!(answer["errors"][0]["message"].as_str().is_some(), "{table}: {answer:#}");
        bank.ask(
            Some(&cast.researcher.token),
            "{ distributionRequests { nodes { address lines { id } } } }",
            json!({}),
        )
        .await;
        bank.execute(&format!("ALTER TABLE {table}_away RENAME TO {table}")).await.unwrap();
    }
}

fn owned((kind, reason, route): (&str, &str, &str)) -> (String, String, String) {
    (kind.to_owned(), reason.to_owned(), route.to_owned())
}

/// What the log says of refusals. Nothing but what they are, why, and where stands in such a line.
fn told_refusals(said: &str) -> BTreeSet<(String, String, String)> {
    let lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let lines = lines.filter(|line| line["target"] == "stembank::refusal");
    let notified = lines.map(|line| {
        assert_eq!(line["level"], "WARN");
        let fields = line["fields"].as_object().unwrap();
        let names: BTreeSet<_> = fields.keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["kind", "message", "reason", "route"]));
        let text = |name: &str| fields[name].as_str().unwrap();
        owned((text("kind"), text("reason"), text("route")))
    });
    notified.collect()
}

/// Sends the form of the sign-in page; the cookie of the session, if there is one now.
fn sign_in(address: SocketAddr, from: &str, fields: &str) -> Option<String> {
    let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), (FROM, from)];
    let answer = send(address, "POST /sign-in", &form, fields);
    let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    cookies.map(str::to_owned).next()
}

/// Refused in every way in which somebody can be.
async fn refusals(bank: &Bank, address: SocketAddr, cast: &Cast) {
    let right = PASSWORD.replace(' ', "+");
    let enter = |email: &str, password: &str, more: &str| {
        let email = email.replace('@', "%40");
        sign_in(address, "203.0.113.1", &format!("email={email}&password={password}{more}"))
    };
    assert_eq!(enter("nobody-known@example.net", "a+wrong+password+of+somebody", ""), None);
    for _ in 0..11 {
        assert_eq!(enter(&cast.second_staff.email, "a+wrong+password+of+somebody", ""), None);
    }
    let person = |email: &str| format!("(SELECT id FROM person WHERE email = '{email}')");
    for (email, change) in
        [(&cast.committee.email, "disabled_at = created_at"), (&cast.signatory.email, "email_verified_at = NULL")]
    {
        bank.execute(&format!("UPDATE person SET {change} WHERE email = '{email}'")).await.unwrap();
        assert_eq!(enter(email, &right, ""), None);
    }
    let administrator = person(&cast.administrator.email);
    let sql = format!(
        "INSERT INTO second_factor (person_id, secret, confirmed_at, last_step)
         SELECT id, '{SECRET}', created_at, 0 FROM person WHERE id = {administrator}"
    );
    bank.execute(&sql).await.unwrap();
    assert_eq!(enter(&cast.administrator.email, &right, "&code=000000"), None);
    for _ in 0..21 {
        sign_in(address, HOUSEHOLD, "email=&password=");
    }
    refused_calls(address, cast);
    let cookie = enter(&cast.staff.email, &right, "").expect("staff sign in");
    refused_forms(address, &cookie);
}

/// Refused by the API, and by the links of letters.
fn refused_calls(address: SocketAddr, cast: &Cast) {
    let token = Some(cast.researcher.token.as_str());
    let ask = |token: Option<&str>, from: &str, query: &str| {
        post(address, token, &[(FROM, from)], &json!({ "query": query }).to_string()).1
    };
    let request = stembank::id::RequestId(1).global();
    let claim =
        format!("mutation {{ claimDistributionRequest(input: {{ request: \"{request}\" }}) {{ errors {{ code }} }} }}");
    assert_eq!(ask(token, "203.0.113.2", &claim)["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let change = "mutation { changePassword(input: { current: \"x\", new: \"y\" }) { errors { code } } }";
    assert_eq!(ask(token, "203.0.113.2", change)["errors"][0]["extensions"]["reason"], "SESSION_REQUIRED");
    let verify = "mutation { verifyEmail(input: { token: \"a-wrong-secret-of-a-link\", password: \"a made-up password\" }) { errors { code } } }";
    assert_eq!(ask(None, "203.0.113.2", verify)["data"]["verifyEmail"]["errors"][0]["code"], "LINK_INVALID");
    get(address, "/sign-in/nowhere/callback?state=a-wrong-secret-of-a-link").unwrap();
}

/// Refused on pages: forms that none of ours sent, a link, a page of the staff's.
fn refused_forms(address: SocketAddr, cookie: &str) {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let own = ("sec-fetch-site", "same-origin");
    let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://a-page-of-somebody.example")];
    let answered = |answer: String, status: u16| assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    answered(send(address, "POST /sign-in", &[form, foreign[0], foreign[1]], "email=x"), 403);
    answered(send(address, "POST /sign-in", &[form], "email=x"), 403);
    let token = "form_token=a-wrong-token-of-a-form";
    answered(send(address, "POST /sign-out", &[form, own, ("cookie", cookie)], token), 403);
    let link = "token=a-wrong-secret-of-a-link&new_password=a+good+new+password";
    answered(send(address, "POST /reset-password", &[form, own, (FROM, "203.0.113.3")], link), 422);
    answered(send(address, "GET /admin/institutions", &[("cookie", cookie)], ""), 403);
    let by_graph = [("cookie", cookie), ("content-type", "application/json"), foreign[0], foreign[1]];
    answered(send(address, "POST /graphql", &by_graph, "{}"), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_about_people_stands_in_the_log() {
    on_a_bank(async |bank| {
        // The process has the machine's clock, and approvals have to be in force by it.
        bank.app.clock.set("2026-03-02T03:00:00Z".parse().unwrap());
        let cast = bank.cast().await;
        let line = bank.line("TEST-0001").await.id;
        bank.lot(&cast.staff, line, "TEST-LOT-1", 5).await;
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let service = Service::start(bank, &log, &[("BANK_CLIENT_ADDRESS_HEADER", FROM)]);
        bank.remote.set(service.address).unwrap();
        a_life(bank, &cast, line).await;
        rude_calls(service.address, &cast);
        refusals(bank, service.address, &cast).await;
        a_broken_database(bank, &cast, line).await;
        drop(service);

        let said = std::fs::read_to_string(&log).unwrap();
        assert!(said.contains("/graphql") && said.contains("\"ERROR\""), "the log was on, and something went wrong");
        let mut unsaid = unsaid(&cast);
        unsaid.extend(unsaid.clone().iter().map(|text| text.replace('@', "%40").replace(' ', "%20")));
        for text in unsaid {
            if let Some(at) = said.find(&text) {
                let line = said[..at].rfind('\n').map_or(0, |line| line + 1);
                let end = said[at..].find('\n').map_or(said.len(), |end| at + end);
                panic!("'{text}' stands in the log: {}", &said[line..end]);
            }
        }
        assert_eq!(told_refusals(&said), EXPECTED.iter().copied().map(owned).collect());
        bank.letters().await;
    })
    .await;
}
