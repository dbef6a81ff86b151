//! Errors of images.

use std::path::PathBuf;

use crate::diagnostic::Diagnostics;
use crate::model::ImageName;
use crate::stack::LoadError;
use crate::work::ProviderError;

/// Why a recipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// There is no such image.
    #[error("there is no image `{name}` (known: {})", known.join(", "))]
    Unknown {
        /// The requested name.
        name: ImageName,
        /// The known names.
        known: Vec<String>,
    },
    /// A file of the catalogue cannot be read.
    #[error("cannot read the catalogue of images")]
    Read(#[source] std::io::Error),
    /// The file is not a valid recipe.
    #[error("the image `{name}` is invalid")]
    Invalid {
        /// The image.
        name: ImageName,
        /// The problems with their positions.
        #[source]
        problems: Box<Diagnostics>,
    },
    /// A stack in the image cannot be used.
    #[error(transparent)]
    Stack(#[from] LoadError),
    /// Nodes or their stacks need packages or scripts in an image that is not built here.
    #[error("image `{name}` is fetched, so nothing can be baked into it, but the nodes on it need {needs}")]
    NotBuilt {
        /// The image.
        name: ImageName,
        /// What they need.
        needs: String,
    },
}

/// Why an image is not in the store.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
    /// Its recipe cannot be used.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The recipe's digest differs from the planned one.
    #[error("image `{0}` changed since the plan was made")]
    Changed(ImageName),
    /// The machine has no Debian source.
    #[error("no Debian archive is known to build suite `{suite}` from")]
    NoMirror {
        /// The suite.
        suite: String,
    },
    /// A keyring is none.
    #[error("{} is not a keyring of OpenPGP", path.display())]
    NoKeyring {
        /// The file.
        path: PathBuf,
    },
    /// A program is not installed.
    #[error("`{program}` is not installed")]
    NoProgram {
        /// The program.
        program: String,
    },
    /// A step of the build failed.
    #[error("{step} failed with {status}; the whole log is {}\n{tail}", log.display())]
    Step {
        /// The step.
        step: String,
        /// Its exit status.
        status: std::process::ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// The built image lacks something that booting needs.
    #[error("the image cannot boot: {0}")]
    Unbootable(String),
    /// Something is still mounted in the folder of an interrupted build.
    #[error("{} is still mounted; unmount it first", path.display())]
    Mounted {
        /// The folder.
        path: PathBuf,
    },
    /// A download failed.
    #[error("cannot fetch {url}")]
    Http {
        /// The URL.
        url: String,
        /// The cause.
        #[source]
        source: reqwest::Error,
    },
    /// The server's response is not the file.
    #[error("cannot fetch {url}: {what}")]
    Fetch {
        /// The URL.
        url: String,
        /// The problem.
        what: String,
    },
    /// The file's checksum differs from the recipe's.
    #[error("{url} has SHA-256\n  {actual}, but the image says\n  {expected}")]
    WrongSum {
        /// The URL.
        url: String,
        /// The recipe's checksum.
        expected: String,
        /// The file's checksum.
        actual: String,
    },
    /// A file of the store is damaged.
    #[error("{} cannot be read as the description of an image", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// The requested image is not in the store.
    #[error("no image in the store is called `{0}`")]
    NotStored(String),
    /// Several images have this name.
    #[error("`{name}` could be any of {}", digests.join(", "))]
    Ambiguous {
        /// The requested name.
        name: String,
        /// Short digests.
        digests: Vec<String>,
    },
    /// The image is in use.
    #[error("image {digest} is in use by {}", users.join(", "))]
    InUse {
        /// Its short digest.
        digest: String,
        /// Instances and checkpoints.
        users: Vec<String>,
    },
    /// A name is taken.
    #[error("there is already an image `{0}`")]
    Exists(ImageName),
    /// The machine refused an operation.
    #[error("{what}")]
    Io {
        /// The operation.
        what: String,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
}

impl ImageError {
    /// What the user can do, if known.
    pub fn hint(&self) -> Option<String> {
        match self {
            ImageError::NoMirror { .. } => Some(
                "name an archive in the image's file: mirror = \"http://…/debian\", or add a Debian source to apt"
                    .to_owned(),
            ),
            ImageError::NoProgram { program } => {
                let package = match program.as_str() {
                    "mkfs.ext4" => "e2fsprogs",
                    "apt-get" => "apt",
                    "qemu-img" => "qemu-utils",
                    other => other,
                };
                Some(format!("apt install {package}"))
            }
            ImageError::InUse { .. } => Some("take those labs down and delete those checkpoints first, or add --force".to_owned()),
            ImageError::WrongSum { .. } => {
                Some("the file may have been replaced at its source: check it, then change sha256".to_owned())
            }
            _ => None,
        }
    }
}

impl From<std::io::Error> for ImageError {
    /// File errors come from `fs_err`, which adds the operation and the path.
    fn from(source: std::io::Error) -> Self {
        ImageError::Io { what: "the store of images cannot be used".to_owned(), source }
    }
}

impl From<ImageError> for ProviderError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Cancelled => ProviderError::Cancelled,
            error => match error.hint() {
                Some(hint) => ProviderError::Missing { what: error.to_string(), hint },
                None => ProviderError::Host {
                    what: "the image cannot be made".to_owned(),
                    source: Box::new(error),
                },
            },
        }
    }
}
