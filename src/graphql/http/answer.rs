//! What goes back: media type, status, validators; and every refusal that needs no schema.

use super::media::Media;
use crate::error::internal;
use crate::graphql::document::{self, Limit};
use crate::graphql::{MAX_BATCH, MAX_COMPLEXITY, MAX_DEPTH};
use crate::language::Lang;
use crate::response_cache::CachedResponse;
use crate::telemetry::{self, OperationKind, OperationOutcome, refused};
use crate::texts;
use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER, SET_COOKIE, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The most bytes of one answer.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// What an answer is written into; it takes no more than [`MAX_ANSWER`].
#[derive(Default)]
struct LimitedBody(Vec<u8>);

impl std::io::Write for LimitedBody {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_ANSWER {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The answer of one operation.
pub struct Outcome {
    response: GraphqlResponse,
    /// It only read.
    reads_only: bool,
}

impl Outcome {
    /// A document that could not be parsed. The parser shows the line at fault, which may have a password in it; what
    /// it expected there is enough, the place stands beside it.
    pub fn unparsed(mut error: ServerError, lang: Lang) -> Self {
        if let Some((_, expected)) = error.message.rsplit_once("\n  = ") {
            error.message = lang.pick(
                format!("The document cannot be read: {}.", expected.trim()),
                format!("문서를 읽을 수 없습니다: {}.", expected.trim()),
            );
        }
        Self::executed(GraphqlResponse::from_errors(vec![error]), true, lang)
    }

    /// A document that is not executed.
    ///
    /// # Errors
    /// One that has too much of something is no GraphQL request at all.
    pub fn refused(refused: document::Refused, lang: Lang) -> Result<Self, Refusal> {
        match refused {
            document::Refused::Over(limit) => Err(Refusal::over(limit, lang)),
            document::Refused::Character => Err(Refusal::character(lang)),
            document::Refused::Cycle(name) => {
                let sentence = texts::sentence(lang, "document-cycle", &[("fragment", &name)]);
                Ok(Self::executed(GraphqlResponse::from_errors(vec![ServerError::new(sentence, None)]), true, lang))
            }
            document::Refused::Unparsed(error) => Ok(Self::unparsed(*error, lang)),
            document::Refused::Mistyped(mistyped) => {
                let mut error = mistyped.said;
                if let Some((what, of)) = &mistyped.typed {
                    error.message = texts::sentence(lang, "document-variable", &[("what", what), ("type", of)]);
                }
                Ok(Self::executed(GraphqlResponse::from_errors(vec![error]), true, lang))
            }
            document::Refused::Invalid(errors) => Ok(Self::executed(GraphqlResponse::from_errors(errors), true, lang)),
        }
    }

    /// What the schema answered; limits of the library get our words and codes.
    pub fn executed(mut response: GraphqlResponse, reads_only: bool, lang: Lang) -> Self {
        response.errors.iter_mut().for_each(|error| name_limit(error, lang));
        Self { response, reads_only }
    }

    /// True for a read without errors: the next one may get the same bytes.
    pub fn may_be_kept(&self) -> bool {
        self.reads_only && self.response.errors.is_empty()
    }

    /// True if the request was never executed: then the answer has no `data` at all.
    fn is_request_error(&self) -> bool {
        let errors = &self.response.errors;
        self.response.data == Value::Null && !errors.is_empty() && errors.iter().all(|error| error.path.is_empty())
    }

    /// What the figures say of it.
    pub fn observed(&self) -> (OperationKind, OperationOutcome) {
        if self.is_request_error() {
            return (OperationKind::Unknown, OperationOutcome::Refused);
        }
        let kind = if self.reads_only { OperationKind::Query } else { OperationKind::Mutation };
        let is_whole = self.response.errors.is_empty();
        (kind, if is_whole { OperationOutcome::Answered } else { OperationOutcome::Failed })
    }

    /// The answer's body.
    ///
    /// # Errors
    /// An answer that is too large to be sent.
    pub fn body(&self, lang: Lang) -> Result<Vec<u8>, Refusal> {
        let mut body = LimitedBody::default();
        let written = if self.is_request_error() {
            serde_json::to_writer(&mut body, &json!({ "errors": self.response.errors }))
        } else {
            serde_json::to_writer(&mut body, &self.response)
        };
        written.map(|()| body.0).map_err(|_| Refusal::answer_too_large(lang))
    }

    /// Adds what the schema wants in the answer's head, such as a cookie.
    pub fn add_headers(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.response.http_headers {
            if *name == SET_COOKIE {
                headers.append(name, value.clone());
            } else {
                headers.insert(name, value.clone());
            }
        }
    }

    /// The status by the specification: 400 for a request that was not executed, if the media type lets errors show.
    pub fn status(&self, media: Media) -> StatusCode {
        let no_data = self.response.data == Value::Null;
        let is = |code: &str| self.response.errors.iter().any(|error| code_of(error).is_some_and(|c| c == code));
        if no_data && is("BUSY") {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        if no_data && is("RATE_LIMITED") {
            return StatusCode::TOO_MANY_REQUESTS;
        }
        match media {
            Media::Graphql if self.is_request_error() => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        }
    }
}

fn code_of(error: &ServerError) -> Option<String> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code.clone()),
        _ => None,
    }
}

/// Gives every error a code, and limits a sentence that says which and how much.
fn name_limit(error: &mut ServerError, lang: Lang) {
    let limit = match error.message.as_str() {
        "Query is too complex." => Some(lang.pick(
            format!("This query asks for too much; its lists and fields may add up to {MAX_COMPLEXITY}. Ask for shorter lists."),
            format!("요청한 항목이 너무 많습니다. 목록과 필드의 합은 {MAX_COMPLEXITY} 이하여야 합니다. 목록을 줄여 주십시오."),
        )),
        "Query is nested too deep." => Some(lang.pick(
            format!("This query is nested too deep; {MAX_DEPTH} levels are allowed."),
            format!("쿼리의 중첩이 너무 깊습니다. {MAX_DEPTH}단계까지 허용됩니다."),
        )),
        _ => None,
    };
    let extensions = error.extensions.get_or_insert_with(Default::default);
    if let Some(sentence) = limit {
        error.message = sentence;
        extensions.set("code", "TOO_COMPLEX");
    } else if extensions.get("code").is_none() {
        extensions.set("code", "BAD_USER_INPUT");
    }
}

/// A kept answer; a client that has it already is told so.
pub fn kept(answer: &CachedResponse, media: Media, method: &Method, headers: &HeaderMap) -> Response {
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == answer.etag));
    let etag = HeaderValue::from_str(&answer.etag).unwrap_or(HeaderValue::from_static("\"\""));
    let mut response = if known && method == Method::GET {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        fresh(StatusCode::OK, answer.body.clone(), media)
    };
    response.headers_mut().insert(ETAG, etag);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept, Accept-Language, Authorization, Cookie"));
    response
}

/// An answer for this caller alone.
pub fn fresh(status: StatusCode, body: impl Into<Body>, media: Media) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media.name()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// A request that never reached the schema.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// As the answer of one operation of a batch.
    pub fn outcome(self) -> Outcome {
        let mut error = ServerError::new(self.message, None);
        error.extensions.get_or_insert_default().set("code", self.code);
        Outcome { response: GraphqlResponse::from_errors(vec![error]), reads_only: true }
    }

    /// As a GraphQL answer with one error.
    pub fn response(self, media: Media) -> Response {
        let body = json!({ "errors": [{ "message": self.message, "extensions": { "code": self.code } }] });
        let mut response = fresh(self.status, body.to_string().into_bytes(), media);
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }

    /// No media type that we speak.
    pub fn not_acceptable() -> Self {
        let message = "Accept application/graphql-response+json or application/json.";
        Self::new(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message)
    }

    /// No JSON by its header.
    pub fn media_type(lang: Lang) -> Self {
        let message = lang.pick(
            "Send the request as Content-Type: application/json.",
            "요청을 Content-Type: application/json으로 보내 주십시오.",
        );
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT", message)
    }

    /// A body over the limit.
    pub fn too_large(limit: usize, lang: Lang) -> Self {
        let message = lang.pick(
            format!("The request is larger than {limit} bytes."),
            format!("요청 본문은 {limit}바이트 이하여야 합니다."),
        );
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BAD_USER_INPUT", message)
    }

    /// No JSON, or not of the right shape.
    pub fn malformed(error: &serde_json::Error, lang: Lang) -> Self {
        let message = lang.pick(
            format!("The request is no GraphQL request in JSON: {error}."),
            format!("올바른 GraphQL 요청(JSON)이 아닙니다: {error}."),
        );
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// Parameters that cannot be read.
    pub fn address(lang: Lang) -> Self {
        let message = lang.pick("The address's parameters cannot be read.", "주소의 매개변수를 읽을 수 없습니다.");
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// An empty batch or too long a one.
    pub fn batch(length: usize, lang: Lang) -> Self {
        let message = lang.pick(
            format!("A batch has 1 to {MAX_BATCH} operations; this one has {length}."),
            format!("한 번에 1개 이상 {MAX_BATCH}개 이하의 작업을 보낼 수 있습니다. 받은 개수는 {length}개입니다."),
        );
        Self::new(StatusCode::BAD_REQUEST, "TOO_COMPLEX", message)
    }

    /// A document, or a list of its variables, with too many of something.
    pub fn over(limit: Limit, lang: Lang) -> Self {
        let most = limit.most().to_string();
        let message = texts::sentence(lang, "document-limit", &[("limit", limit.name()), ("most", &most)]);
        Self::new(StatusCode::BAD_REQUEST, "TOO_COMPLEX", message)
    }

    /// A text with a character that no text has.
    pub fn character(lang: Lang) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", texts::sentence(lang, "character-forbidden", &[]))
    }

    /// An answer with more bytes than are sent.
    pub fn answer_too_large(lang: Lang) -> Self {
        let message = texts::sentence(lang, "answer-too-large", &[("most", &MAX_ANSWER.to_string())]);
        Self::new(StatusCode::BAD_REQUEST, "TOO_COMPLEX", message)
    }

    /// A mutation by GET.
    pub fn read_only(lang: Lang) -> Self {
        let message = lang.pick(
            "GET only reads; send a mutation by POST.",
            "GET은 조회만 할 수 있습니다. 변경은 POST로 보내 주십시오.",
        );
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT", message)
    }

    /// Neither a query nor the hash of one.
    pub fn no_query(lang: Lang) -> Self {
        let message = lang.pick("The request has no 'query'.", "요청에 query가 없습니다.");
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// A query that is not the one of its hash.
    pub fn wrong_hash(lang: Lang) -> Self {
        let message = lang.pick("sha256Hash is not the hash of the query.", "sha256Hash가 query의 해시와 다릅니다.");
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// Clients of persisted queries know this message and send the whole query then.
    pub fn not_persisted(media: Media) -> Self {
        let status = if media == Media::Json { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        Self::new(status, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
    }

    /// A token that is nobody's.
    pub fn token(lang: Lang) -> Self {
        refused(telemetry::Refusal::WrongToken);
        let message = lang.pick(
            "This token is unknown, expired or revoked; send a valid one as 'Authorization: Bearer TOKEN'.",
            "알 수 없거나 만료 또는 폐기된 토큰입니다. 유효한 토큰을 'Authorization: Bearer TOKEN'으로 보내 주십시오.",
        );
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message)
    }

    /// A cookie that a page of another site made the browser send.
    pub fn foreign(lang: Lang) -> Self {
        refused(telemetry::Refusal::ForeignOrigin);
        let message = lang.pick(
            "This request came from a page of another site; nothing was done.",
            "다른 사이트의 페이지에서 보낸 요청이므로 처리하지 않았습니다.",
        );
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// A database that could not be asked.
    pub fn database(error: &sea_orm::DbErr, lang: Lang) -> Self {
        tracing::error!(cause = %error, "the database could not be asked");
        if crate::error::is_passing(error) {
            let message = crate::error::say_database(error, lang);
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "BUSY", message)
        } else {
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", internal(lang))
        }
    }
}
