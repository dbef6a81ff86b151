//! A student who types: each key is sent by itself, and the time to its echo is measured.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use tungstenite::client::ClientRequestBuilder;
use tungstenite::http::Uri;
use tungstenite::{Error, Message, WebSocket};

use super::browser::{Browser, Why};

/// How long a terminal may take to open.
const OPENING: Duration = Duration::from_secs(60);

/// How long an echo may take.
const ECHO: Duration = Duration::from_secs(10);

/// How long one wait for output lasts.
const TICK: Duration = Duration::from_millis(100);

/// A terminal has no more to say after this time without output.
const QUIET: Duration = Duration::from_millis(200);

/// The longest wait for this silence.
const TALKING: Duration = Duration::from_secs(3);

/// A terminal on a node.
pub struct Terminal {
    socket: WebSocket<TcpStream>,
}

impl Terminal {
    /// Opens a shell on a node, and waits until it says something.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(browser: &Browser, instance: &str, node: &str) -> Result<Self, Why> {
        let address = browser.root.trim_start_matches("http://");
        let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
        let set = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(OPENING)));
        set.map_err(|error| error.to_string())?;
        let path = format!("ws://{address}/api/v1/terminals?instance={instance}&node={node}&kind=shell");
        let uri: Uri = path.parse().map_err(|_| "the address of the terminal is wrong".to_owned())?;
        let request = ClientRequestBuilder::new(uri)
            .with_header("Cookie", &browser.cookie)
            .with_header("Origin", &browser.root);
        let (socket, _) = tungstenite::client(request, stream).map_err(|error| error.to_string())?;
        let mut terminal = Self { socket };
        terminal.until(OPENING, |_| true)?;
        Ok(terminal)
    }

    /// Presses a key, and waits for its echo.
    ///
    /// # Errors
    /// When none comes, or the terminal is closed.
    pub fn press(&mut self, key: u8) -> Result<Duration, Why> {
        let begin = Instant::now();
        self.send(key)?;
        self.until(ECHO, |bytes| bytes.contains(&key))?;
        Ok(begin.elapsed())
    }

    /// Ends the line, and reads what the shell says to it.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn enter(&mut self) -> Result<(), Why> {
        self.send(b'\r')?;
        self.read_all()
    }

    /// Reads until nothing comes any more, so that no output is taken for an echo.
    ///
    /// # Errors
    /// When the terminal is closed.
    pub fn read_all(&mut self) -> Result<(), Why> {
        let end = Instant::now() + TALKING;
        while Instant::now() < end {
            if self.next(QUIET)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Closes it as a browser does that goes to another page.
    pub fn close(mut self) {
        let _ = self.socket.close(None);
        let _ = self.socket.flush();
    }

    fn send(&mut self, key: u8) -> Result<(), Why> {
        self.socket.send(Message::Binary(vec![key].into())).map_err(|error| error.to_string())
    }

    /// Waits for an output.
    fn until(&mut self, limit: Duration, is_it: impl Fn(&[u8]) -> bool) -> Result<(), Why> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if self.next(TICK)?.is_some_and(|bytes| is_it(&bytes)) {
                return Ok(());
            }
        }
        Err(format!("nothing came within {} s", limit.as_secs()))
    }

    /// The next output; none if none comes in this time.
    fn next(&mut self, wait: Duration) -> Result<Option<Vec<u8>>, Why> {
        self.socket.get_ref().set_read_timeout(Some(wait)).map_err(|error| error.to_string())?;
        loop {
            match self.socket.read() {
                Ok(Message::Binary(bytes)) => return Ok(Some(bytes.to_vec())),
                Ok(Message::Text(said)) => return Err(format!("the terminal was closed: {said}")),
                Ok(Message::Close(_)) => return Err("the terminal was closed".to_owned()),
                Ok(_) => {}
                Err(Error::Io(error)) if is_wait(&error) => return Ok(None),
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

fn is_wait(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
