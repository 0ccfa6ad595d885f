//! What is answered before the gateway could start, because the disk under its journal takes nothing: that it cannot do
//! its work, and why.
//!
//! Promises that nobody is told anything else, so that no report is taken and no earlier day is shown as the present.
//! Waits for nothing itself: it is told how the disk stands, and ends when the disk does its work again.

use std::io;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, context};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::door::{Door, IDLE_MAX, SEATS_MAX};
use super::problem::Problem;
use super::{guard, health, pages, policy};
use crate::recorder::NotKept;

const STYLE: &str = include_str!("waiting.css");
const PAGE: &str = include_str!("waiting.html");

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = policy::standing_alone(STYLE, "'none'");
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// How the disk stands, and whom it is told in which language first.
#[derive(Debug, Clone)]
struct Waiting {
    why: watch::Receiver<NotKept>,
    chinese_first: bool,
}

/// Answers on `listener` until `cancel`, in the site's `language` first: what keeps the gateway from starting is `why`.
///
/// # Errors
/// When nothing can be answered any more.
pub async fn wait(
    listener: TcpListener,
    why: watch::Receiver<NotKept>,
    language: &str,
    cancel: CancellationToken,
) -> io::Result<()> {
    let door = Door::new(listener, SEATS_MAX, IDLE_MAX, cancel.clone());
    let router = router(Waiting { why, chinese_first: language.starts_with("zh") });
    axum::serve(door, router).with_graceful_shutdown(cancel.cancelled_owned()).await
}

fn router(waiting: Waiting) -> Router {
    Router::new()
        .route("/healthz", axum::routing::get(health::healthz))
        .fallback(answer)
        .layer(axum::middleware::from_fn(guard::guard))
        .with_state(waiting)
}

async fn answer(State(waiting): State<Waiting>, method: Method, uri: Uri) -> Response {
    let why = waiting.why.borrow().clone();
    let fault = format!("nothing can be kept: {why}");
    let is_read = matches!(method, Method::GET | Method::HEAD);
    if let Some(page) = (is_read && pages::is_page(uri.path())).then(|| page(&why, &fault, waiting.chinese_first)) {
        let headers =
            [(header::CONTENT_SECURITY_POLICY, POLICY.clone()), (header::RETRY_AFTER, HeaderValue::from_static("1"))];
        return match page {
            Ok(page) => (StatusCode::SERVICE_UNAVAILABLE, headers, Html(page)).into_response(),
            Err(wrong) => {
                tracing::error!(%wrong, "the page that says why cannot be written");
                Problem::not_now(fault).into_response()
            }
        };
    }
    Problem::not_now("the gateway cannot do its work").with_reasons(vec![fault]).into_response()
}

/// Both languages: whoever looks needs to know it, whatever the browser asks for.
fn page(why: &NotKept, fault: &str, chinese_first: bool) -> Result<String, minijinja::Error> {
    let is_full = matches!(why, NotKept::Full(_));
    let english = context! {
        lang => "en",
        title => if is_full { "The disk is full" } else { "The disk takes nothing" },
        why => if is_full {
            "Portico cannot start. Make room on the disk of the journal; Portico goes on by itself."
        } else {
            "Portico cannot start. See to the disk of the journal; Portico goes on by itself as soon as it can be written."
        },
        meanwhile => "Nothing is received meanwhile. Devices get no acknowledgement and send again later.",
    };
    let chinese = context! {
        lang => "zh-CN",
        title => if is_full { "磁盘已满" } else { "磁盘无法写入" },
        why => if is_full {
            "Portico 无法启动。请在存放记录的磁盘上腾出空间，之后会自动继续。"
        } else {
            "Portico 无法启动。请检查存放记录的磁盘，恢复可写后会自动继续。"
        },
        meanwhile => "在此期间不接收任何数据。设备得不到确认，稍后会重新发送。",
    };
    let (first, second) = if chinese_first { (chinese, english) } else { (english, chinese) };
    let mut pages = Environment::new();
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    pages.add_template("page", PAGE)?;
    let style = Value::from_safe_string(STYLE.to_owned());
    pages.get_template("page")?.render(context! { first, second, fault, style })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Status, policy and body of one answer.
    async fn ask(why: NotKept, language: &'static str, method: reqwest::Method, path: &str) -> (u16, String, String) {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_why, told) = watch::channel(why);
        let cancel = CancellationToken::new();
        let waiting = tokio::spawn(wait(listener, told, language, cancel.clone()));
        let answer = reqwest::Client::new().request(method, format!("http://{address}{path}")).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let told = (answer.status().as_u16(), policy, answer.text().await.unwrap());
        cancel.cancel();
        waiting.await.unwrap().unwrap();
        told
    }

    fn full() -> NotKept {
        NotKept::Full("only 3 KiB are free <here>".to_owned())
    }

    #[tokio::test]
    async fn a_person_reads_why_in_both_languages_and_the_page_looks_again() {
        let (status, policy, page) = ask(full(), "zh-CN", reqwest::Method::GET, "/rooms/lobby").await;
        assert_eq!(status, 503);
        assert!(policy.contains("style-src 'sha256-"), "{policy}");
        let (chinese, english) = (page.find("磁盘已满</h1>").unwrap(), page.find("The disk is full</h2>").unwrap());
        assert!(chinese < english, "{page}");
        assert!(page.contains("http-equiv=\"refresh\"") && page.contains("3 KiB are free &lt;here&gt;"), "{page}");
        let (_, _, page) = ask(NotKept::Storage("read-only".to_owned()), "en", reqwest::Method::GET, "/").await;
        assert!(page.find("The disk takes nothing</h1>").unwrap() < page.find("磁盘无法写入").unwrap(), "{page}");
    }

    #[tokio::test]
    async fn a_program_is_refused_with_the_reason_and_the_process_is_told_alive() {
        use reqwest::Method;
        let asked = [
            (Method::GET, "/readyz"),
            (Method::POST, "/api/v1/scans"),
            (Method::GET, "/api/v1/overview"),
            (Method::PUT, "/"),
        ];
        for (method, path) in asked {
            let (status, _, body) = ask(full(), "en", method, path).await;
            assert_eq!(status, 503, "{path}");
            assert!(body.contains("nothing can be kept: the disk is full: only 3 KiB"), "{body}");
        }
        assert_eq!(ask(full(), "en", Method::GET, "/healthz").await.0, 200);
    }
}
