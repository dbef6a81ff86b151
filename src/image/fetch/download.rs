//! An HTTP download that resumes after interruptions.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::{self, HeaderMap};

use crate::base::failure;
use crate::image::lock::CANCEL_CHECK;
use crate::image::{ImageError, cancelled};
use crate::work::{Context, Progress};

/// How long a server may send nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// How many consecutive attempts may transfer nothing. The wait before each is one second longer than the
/// last.
const FRUITLESS: u32 = 4;

/// Downloads a file; returns whether it was assembled from several responses.
///
/// A partial file of an earlier call is continued if the server still has the same version.
///
/// # Errors
/// When the server does not have it, several consecutive attempts transfer nothing, or the user cancels.
pub fn download(url: &str, part: &Path, context: &Context<'_>) -> Result<bool, ImageError> {
    let client = Client::builder().connect_timeout(SILENCE).timeout(SILENCE).build();
    let client = client.map_err(|source| ImageError::Http { url: url.to_owned(), source })?;
    let mut resumed = false;
    let mut fruitless = 0;
    loop {
        let before = length(part);
        let attempt =
            Attempt { client: client.clone(), url: url.to_owned(), part: part.to_owned(), from: before };
        match run(attempt, context)? {
            Outcome::Complete { from } => return Ok(resumed || from > 0),
            Outcome::Broken { error, from } => {
                resumed |= from > 0;
                fruitless = if length(part) > before { 0 } else { fruitless + 1 };
                if fruitless > FRUITLESS {
                    return Err(error);
                }
                if fruitless > 0 {
                    let why = failure::chain(&error);
                    (context.progress)(Progress::Phase(format!("trying again in {fruitless} s: {why}")));
                }
            }
        }
        pause(Duration::from_secs(fruitless.into()), context)?;
    }
}

/// Waits before the next attempt, unless the last one transferred something.
fn pause(time: Duration, context: &Context<'_>) -> Result<(), ImageError> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        if cancelled(context) {
            return Err(ImageError::Cancelled);
        }
        std::thread::sleep(CANCEL_CHECK);
    }
    Ok(())
}

/// The outcome of an attempt.
enum Outcome {
    /// The file is complete.
    Complete { from: u64 },
    /// The attempt failed; another may succeed.
    Broken { error: ImageError, from: u64 },
}

/// Runs an attempt in its own thread, so that the user can cancel while a server is silent. The thread then
/// writes no more, and ends with the server's next data or a time-out.
fn run(attempt: Attempt, context: &Context<'_>) -> Result<Outcome, ImageError> {
    let stop = Arc::new(AtomicBool::new(false));
    let (send, receive) = mpsc::channel();
    let stopped = Arc::clone(&stop);
    let worker = std::thread::spawn(move || attempt.run(&stopped, &send));
    loop {
        match receive.recv_timeout(CANCEL_CHECK) {
            Ok(progress) => (context.progress)(progress),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if cancelled(context) {
            stop.store(true, Ordering::Relaxed);
            return Err(ImageError::Cancelled);
        }
    }
    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// One request.
struct Attempt {
    client: Client,
    url: String,
    part: PathBuf,
    from: u64,
}

impl Attempt {
    fn run(&self, stop: &AtomicBool, tell: &Sender<Progress>) -> Result<Outcome, ImageError> {
        let response = match self.ask() {
            Ok(response) => response,
            // An error in the URL itself does not go away.
            Err(source) if source.is_builder() => {
                return Err(ImageError::Http { url: self.url.clone(), source });
            }
            Err(source) => {
                let error = ImageError::Http { url: self.url.clone(), source };
                return Ok(Outcome::Broken { error, from: self.from });
            }
        };
        let refused = |what: String| ImageError::Fetch { url: self.url.clone(), what };
        let (from, total) = match response.status() {
            StatusCode::OK => (0, response.content_length()),
            StatusCode::PARTIAL_CONTENT => match content_range(response.headers()) {
                Some((start, total)) if start == self.from => (start, total),
                _ => {
                    return Err(refused(
                        "the server sent another range of the file than requested".to_owned(),
                    ));
                }
            },
            StatusCode::RANGE_NOT_SATISFIABLE if self.from > 0 => {
                // Nothing is missing, or the file is shorter now; the checksum will show which.
                let whole = content_length_of_range(response.headers()) == Some(self.from);
                if whole {
                    return Ok(Outcome::Complete { from: self.from });
                }
                fs_err::remove_file(&self.part)?;
                let error = refused("the server has a shorter file now".to_owned());
                return Ok(Outcome::Broken { error, from: 0 });
            }
            status if status.is_server_error() => {
                let error = refused(format!("the server answered {status}"));
                return Ok(Outcome::Broken { error, from: self.from });
            }
            status => return Err(refused(format!("the server answered {status}"))),
        };
        self.note_version(response.headers())?;
        self.receive(response, from, total, stop, tell)
    }

    /// Requests the missing part, on condition that the server still has the same version.
    fn ask(&self) -> reqwest::Result<Response> {
        let mut request = self.client.get(&self.url);
        if self.from > 0 {
            request = request.header(header::RANGE, format!("bytes={}-", self.from));
            if let Ok(version) = fs_err::read_to_string(self.version_file()) {
                request = request.header(header::IF_RANGE, version);
            }
        }
        request.send()
    }

    fn receive(
        &self,
        mut response: Response,
        from: u64,
        total: Option<u64>,
        stop: &AtomicBool,
        tell: &Sender<Progress>,
    ) -> Result<Outcome, ImageError> {
        let mut file =
            fs_err::OpenOptions::new().create(true).write(true).truncate(false).open(&self.part)?;
        file.set_len(from)?;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(from))?;
        let mut done = from;
        let mut block = vec![0; super::BLOCK];
        loop {
            // The receiver may have ended already.
            drop(tell.send(Progress::Bytes { done, total }));
            let length = match response.read(&mut block) {
                Ok(0) => break,
                Ok(length) => length,
                Err(source) => {
                    let error = ImageError::Io { what: format!("{} broke off", self.url), source };
                    return Ok(Outcome::Broken { error, from });
                }
            };
            if stop.load(Ordering::Relaxed) {
                return Err(ImageError::Cancelled);
            }
            file.write_all(&block[..length])?;
            done += length as u64;
        }
        if total.is_some_and(|total| done < total) {
            let what = format!("it broke off after {done} bytes");
            return Ok(Outcome::Broken { error: ImageError::Fetch { url: self.url.clone(), what }, from });
        }
        Ok(Outcome::Complete { from })
    }

    /// Stores the file's validator (such as its ETag) for the next request.
    fn note_version(&self, headers: &HeaderMap) -> Result<(), ImageError> {
        let strong = headers.get(header::ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
        let version = strong.or_else(|| headers.get(header::LAST_MODIFIED));
        match version.and_then(|version| version.to_str().ok()) {
            Some(version) => fs_err::write(self.version_file(), version)?,
            None => drop(fs_err::remove_file(self.version_file())),
        }
        Ok(())
    }

    fn version_file(&self) -> PathBuf {
        self.part.with_extension("version")
    }
}

fn length(file: &Path) -> u64 {
    fs_err::metadata(file).map_or(0, |metadata| metadata.len())
}

/// `Content-Range: bytes 100-199/200`: the start, and the length of the whole file if the server sends it.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, total) = range.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

/// `Content-Range: bytes */200`: the length of the whole file.
fn content_length_of_range(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes */")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(url: &str, folder: &Path) -> Attempt {
        Attempt { client: Client::new(), url: url.to_owned(), part: folder.join("part"), from: 0 }
    }

    #[test]
    fn what_can_never_work_is_not_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        for url in ["ftp://127.0.0.1/disk", "http://", "disk.qcow2"] {
            let (tell, _told) = mpsc::channel();
            let error = attempt(url, folder.path()).run(&AtomicBool::new(false), &tell).err();
            assert!(matches!(error, Some(ImageError::Http { .. })), "{url}: {error:?}");
        }
    }

    #[test]
    fn it_is_said_that_it_is_tried_again_and_why() {
        let folder = tempfile::tempdir().unwrap();
        let stop = AtomicBool::new(false);
        let said = std::sync::Mutex::new(String::new());
        let progress = |heard: Progress| {
            if let Progress::Phase(phase) = heard {
                stop.store(true, Ordering::Relaxed);
                *said.lock().unwrap() = phase;
            }
        };
        // A port that was free a moment ago.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let context = Context { progress: &progress, cancel: &stop };
        let url = format!("http://{address}/disk");
        let result = download(&url, &folder.path().join("part"), &context);
        assert!(matches!(result, Err(ImageError::Cancelled)), "{result:?}");
        let said = said.into_inner().unwrap();
        assert!(said.starts_with("trying again in 1 s: ") && said.contains(&url), "{said}");
    }
}
