//! The file of a backup: a tar archive of a manifest and the database, on request encrypted with age.

use super::error::Error;
use super::manifest::{FORM, Manifest};
use age::secrecy::ExposeSecret;
use age::x25519::{Identity, Recipient};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::str::FromStr;

const MANIFEST: &str = "manifest.json";
const DATABASE: &str = "database";
/// How an encrypted file begins (age's own format, version 1).
const ENCRYPTED: &[u8] = b"age-encryption.org/v1";
/// A manifest is some kilobytes; what is longer is none.
const MANIFEST_BYTES: u64 = 16 << 20;
const BUFFER: usize = 1 << 16;

/// Makes a key: the file for the one who restores, the words for the settings of the one who backs up.
///
/// # Errors
/// [`Error::Exists`] or [`Error::File`].
pub fn new_identity(file: &Path) -> Result<String, Error> {
    let identity = Identity::generate();
    let mut out = create(file)?;
    let written = writeln!(out, "{}", identity.to_string().expose_secret()).and_then(|()| out.sync_all());
    written.map_err(|cause| Error::File(file.into(), cause))?;
    Ok(identity.to_public().to_string())
}

/// Writes an archive: its length and SHA-256. It is on the disk then.
pub(super) fn write(
    archive: &Path,
    manifest: &Manifest,
    database: &Path,
    recipient: Option<&str>,
) -> Result<(u64, String), Error> {
    let failed = |cause| Error::File(archive.into(), cause);
    let recipient = recipient.map(|text| Recipient::from_str(text).map_err(|_| Error::WrongKey)).transpose()?;
    let out = Hashing::new(BufWriter::with_capacity(BUFFER, create(archive)?));
    let mut out = match recipient {
        None => fill(out, manifest, database).map_err(failed)?,
        Some(recipient) => {
            let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient));
            let encryptor = encryptor.map_err(|_| Error::WrongKey)?;
            let encrypted = encryptor.wrap_output(out).map_err(failed)?;
            fill(encrypted, manifest, database).and_then(age::stream::StreamWriter::finish).map_err(failed)?
        }
    };
    out.flush().map_err(failed)?;
    let (file, bytes, sha256) = out.end().map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok((bytes, sha256))
}

fn fill<W: Write>(out: W, manifest: &Manifest, database: &Path) -> io::Result<W> {
    let mut archive = tar::Builder::new(out);
    let text = serde_json::to_vec_pretty(manifest)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, MANIFEST, text.as_slice())?;
    archive.append_path_with_name(database, DATABASE)?;
    archive.into_inner()
}

/// Reads an archive back: its manifest, and the database into a file, unless none is wanted. The database is what the
/// manifest says, byte by byte.
pub(super) fn read(archive: &Path, identity: Option<&Path>, database: Option<&Path>) -> Result<Manifest, Error> {
    let failed = |cause| Error::File(archive.into(), cause);
    let mut file = BufReader::with_capacity(BUFFER, File::open(archive).map_err(failed)?);
    let is_encrypted = io::BufRead::fill_buf(&mut file).map_err(failed)?.starts_with(ENCRYPTED);
    let input: Box<dyn Read> = match (is_encrypted, identity) {
        (false, _) => Box::new(file),
        (true, None) => return Err(Error::Encrypted),
        (true, Some(identity)) => Box::new(decrypt(file, identity)?),
    };
    extract(input, database).map_err(|error| match error {
        Extraction::Damaged => Error::NotABackup(archive.into()),
        Extraction::Output(path, cause) => Error::File(path, cause),
    })
}

fn decrypt(file: BufReader<File>, identity: &Path) -> Result<impl Read + 'static, Error> {
    let text = fs::read_to_string(identity).map_err(|cause| Error::File(identity.into(), cause))?;
    let key = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    let key = Identity::from_str(key).map_err(|_| Error::WrongKey)?;
    let decryptor = age::Decryptor::new_buffered(file).map_err(|_| Error::WrongKey)?;
    decryptor.decrypt(std::iter::once(&key as &dyn age::Identity)).map_err(|_| Error::WrongKey)
}

/// Why an archive was not read to its end.
enum Extraction {
    Damaged,
    Output(std::path::PathBuf, io::Error),
}

fn extract(input: impl Read, database: Option<&Path>) -> Result<Manifest, Extraction> {
    let damaged = |_: io::Error| Extraction::Damaged;
    let mut archive = tar::Archive::new(input);
    let mut entries = archive.entries().map_err(damaged)?;
    let mut entry = entries.next().ok_or(Extraction::Damaged)?.map_err(damaged)?;
    if entry.path().map_err(damaged)?.as_os_str() != MANIFEST || entry.size() > MANIFEST_BYTES {
        return Err(Extraction::Damaged);
    }
    let manifest: Manifest = serde_json::from_reader(&mut entry).map_err(|_| Extraction::Damaged)?;
    let mut entry = entries.next().ok_or(Extraction::Damaged)?.map_err(damaged)?;
    if manifest.form != FORM || entry.path().map_err(damaged)?.as_os_str() != DATABASE {
        return Err(Extraction::Damaged);
    }
    let sha256 = match database {
        None => copy(&mut entry, io::sink()).map_err(damaged)?,
        Some(path) => {
            let unwritten = |cause| Extraction::Output(path.into(), cause);
            let mut out = Writing {
                file: create(path).map_err(|_| unwritten(io::ErrorKind::AlreadyExists.into()))?,
                failed: None,
            };
            let copied = copy(&mut entry, &mut out);
            if let Some(cause) = out.failed.take() {
                return Err(unwritten(cause));
            }
            out.file.sync_all().map_err(unwritten)?;
            copied.map_err(damaged)?
        }
    };
    if sha256 == manifest.database_sha256 { Ok(manifest) } else { Err(Extraction::Damaged) }
}

/// A file to write; it tells its own failures from those of what is read.
struct Writing {
    file: File,
    failed: Option<io::Error>,
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).inspect_err(|cause| self.failed = Some(cause.kind().into()))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// SHA-256 of a file in hexadecimal.
pub(super) fn hash_of(file: &Path) -> Result<String, Error> {
    let failed = |cause| Error::File(file.into(), cause);
    copy(&mut File::open(file).map_err(failed)?, io::sink()).map_err(failed)
}

fn copy(from: &mut impl Read, to: impl Write) -> io::Result<String> {
    let mut to = Hashing::new(to);
    io::copy(from, &mut to)?;
    Ok(to.sha256())
}

/// A file for its owner's eyes that was not there before.
fn create(file: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(file.into()),
        _ => Error::File(file.into(), cause),
    })
}

/// Hashes what goes through it.
struct Hashing<W> {
    to: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    fn new(to: W) -> Self {
        Self { to, hash: Sha256::new(), bytes: 0 }
    }

    fn sha256(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Hashing<BufWriter<File>> {
    fn end(self) -> io::Result<(File, u64, String)> {
        let sha256 = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((self.to.into_inner().map_err(io::IntoInnerError::into_error)?, self.bytes, sha256))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
