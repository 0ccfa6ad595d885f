//! `GET /tiles.pmtiles`: the file of map tiles that the operator has put there, a piece at a time.
//!
//! A map asks for small pieces of a file that may be gigabytes large. Promises never to hold more of it than one chunk a
//! connection, and to break off rather than to send something else where the file changes meanwhile. Reads no tile.

mod head;
mod range;

use std::fs::Metadata;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::UNIX_EPOCH;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};

pub use self::head::{TilesFault, check};

use self::range::Asked;
use super::problem::Problem;
use super::site::Desk;
use super::tags;

/// What is read and handed to a connection at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// The registered media type.
const MEDIA_TYPE: &str = "application/vnd.pmtiles";

/// The map's tiles, where the venue has some: a PMTiles archive, whole or one range of it.
#[utoipa::path(
    get,
    path = "/tiles.pmtiles",
    params(
        ("Range" = Option<String>, Header, description = "One range of bytes; several at once are answered with the whole file"),
    ),
    responses(
        (status = 200, content_type = "application/vnd.pmtiles", body = Vec<u8>),
        (status = 206, content_type = "application/vnd.pmtiles", body = Vec<u8>),
        (status = 304, description = "It is the same as before"),
        (status = 404, content_type = "application/problem+json", body = Problem, description = "The venue has no tiles"),
        (status = 416, content_type = "application/problem+json", body = Problem),
        (status = 500, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn tiles(State(desk): State<Desk>, method: Method, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(path) = &desk.site.tiles else {
        return Err(Problem::unknown("this venue has no map tiles; the configuration names their file in web.tiles"));
    };
    let (file, meta) = open(path).await.map_err(|fault| unreadable(&fault))?;
    let (size, tag) = (meta.len(), tag(&meta)?);
    if tags::known(&headers, &tag) {
        return Ok(lasting(StatusCode::NOT_MODIFIED.into_response(), tag));
    }
    let asked = if method == Method::GET { range::asked(&headers, size, &tag) } else { Asked::Whole };
    let (status, part) = match asked {
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Asked::Nothing => {
            let detail = format!("the file of tiles has {size} bytes, and none of those that were asked for");
            let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, detail);
            return Err(problem.with_header(header::CONTENT_RANGE, content_range("*", size)?));
        }
    };
    let length = part.end - part.start;
    let place = format!("{}-{}", part.start, part.end.saturating_sub(1));
    let body = Body::from_stream(read(file, part).await.map_err(|fault| unreadable(&fault))?);
    let mut answer = (status, [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], body).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if status == StatusCode::PARTIAL_CONTENT {
        headers.insert(header::CONTENT_RANGE, content_range(&place, size)?);
    }
    Ok(lasting(answer, tag))
}

/// It may be kept, and is asked for again each time: a new file takes the place of the old under the same address.
fn lasting(mut answer: Response, tag: HeaderValue) -> Response {
    answer.headers_mut().insert(header::ETAG, tag);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

async fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let mut file = File::open(path).await?;
    file.set_max_buf_size(CHUNK_BYTES);
    let meta = file.metadata().await?;
    Ok((file, meta))
}

/// Size and age: a file of gigabytes is not read through for its tag.
fn tag(meta: &Metadata) -> Result<HeaderValue, Problem> {
    let changed = meta.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    value(&format!("\"{:x}-{:x}\"", meta.len(), changed.as_nanos()))
}

fn content_range(place: &str, size: u64) -> Result<HeaderValue, Problem> {
    value(&format!("bytes {place}/{size}"))
}

/// Digits and dashes always can stand in a header; were it otherwise, it would be our fault.
fn value(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be written; please report this")
    })
}

fn unreadable(fault: &io::Error) -> Problem {
    tracing::error!(%fault, "the file of map tiles cannot be read");
    let detail = "the file of map tiles cannot be read; the gateway's log says why, and web.tiles names it";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
}

/// The part of the file, chunk by chunk as the connection takes it.
async fn read(mut file: File, part: Range<u64>) -> io::Result<impl Stream<Item = io::Result<Bytes>>> {
    file.seek(SeekFrom::Start(part.start)).await?;
    let left = part.end - part.start;
    Ok(futures_util::stream::try_unfold((file, left), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut chunk = vec![0; left.min(CHUNK_BYTES as u64) as usize];
        let taken = file.read(&mut chunk).await?;
        if taken == 0 {
            // It became shorter: the client must not take what it has for all of it.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        chunk.truncate(taken);
        Ok(Some((Bytes::from(chunk), (file, left - taken as u64))))
    }))
}
