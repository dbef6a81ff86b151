//! The certificate of the page beyond this machine: the user's own, or one that is made and kept.

use std::net::IpAddr;
use std::path::Path;

use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};

use crate::app::{AppError, ErrorKind, StateDir};
use crate::base::{random, write};
use crate::web::front::Pem;

/// How long a certificate that is made is valid, in days: the most that browsers accept.
const DAYS: u32 = 397;

/// A certificate with its key.
pub struct Tls {
    /// Both as texts.
    pub pem: Pem,
    /// The SHA-256 of the certificate: `AB:CD:…`.
    pub fingerprint: String,
}

/// Reads a certificate and its key.
///
/// # Errors
/// When a file cannot be read or is not of its kind, or the two do not belong together.
pub fn read(certificate: &Path, key: &Path) -> Result<Tls, AppError> {
    let text = |path: &Path| {
        fs_err::read_to_string(path)
            .map_err(|error| AppError::new(ErrorKind::BadFile, "it cannot be read").because(error))
    };
    tls(Pem { certificate: text(certificate)?, key: text(key)? }, certificate, key)
}

fn tls(pem: Pem, certificate: &Path, key: &Path) -> Result<Tls, AppError> {
    let bad = |path: &Path, what: &str, error: ErrorStack| {
        AppError::new(ErrorKind::BadFile, format!("{} is no {what} in the form PEM", path.display()))
            .because(error)
    };
    let parsed =
        X509::from_pem(pem.certificate.as_bytes()).map_err(|e| bad(certificate, "certificate", e))?;
    let private = PKey::private_key_from_pem(pem.key.as_bytes()).map_err(|e| bad(key, "private key", e))?;
    let same = parsed.public_key().is_ok_and(|public| public.public_eq(&private));
    if !same {
        let message = format!("{} is not the key of {}", key.display(), certificate.display());
        return Err(AppError::new(ErrorKind::BadFile, message));
    }
    let digest = parsed.digest(MessageDigest::sha256()).map_err(|e| bad(certificate, "certificate", e))?;
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(Tls { pem, fingerprint: pairs.join(":") })
}

/// The certificate of a state folder for an address and names, which is made if there is none for them that
/// is still valid.
///
/// # Errors
/// When it cannot be made or kept.
pub fn own(state: &StateDir, address: IpAddr, names: &[String]) -> Result<Tls, AppError> {
    let file = |name: &str| state.web().join(name);
    let (certificate, key, about) = (file("certificate.pem"), file("key.pem"), file("certificate.for"));
    let wanted = format!("{address} {}", names.join(" "));
    if fs_err::read_to_string(&about).is_ok_and(|found| found == wanted)
        && let Ok(tls) = read(&certificate, &key)
        && is_valid(&tls.pem)
    {
        return Ok(tls);
    }
    let pem = make(address, names)
        .map_err(|error| AppError::failed("a certificate cannot be made").because(error))?;
    write::private_folder(&state.web())
        .and_then(|()| write::atomically(&key, pem.key.as_bytes()))
        .and_then(|()| write::atomically(&certificate, pem.certificate.as_bytes()))
        .and_then(|()| write::atomically(&about, wanted.as_bytes()))
        .map_err(|error| AppError::failed("the certificate cannot be kept").because(error))?;
    tls(pem, &certificate, &key)
}

fn is_valid(pem: &Pem) -> bool {
    let tomorrow = Asn1Time::days_from_now(1);
    let parsed = X509::from_pem(pem.certificate.as_bytes());
    matches!((parsed, tomorrow), (Ok(found), Ok(tomorrow)) if found.not_after() > tomorrow)
}

fn make(address: IpAddr, names: &[String]) -> Result<Pem, std::io::Error> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = PKey::from_ec_key(EcKey::generate(&group)?)?;
    let certificate = signed(&key, address, names)?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(std::io::Error::other);
    Ok(Pem { certificate: text(certificate.to_pem()?)?, key: text(key.private_key_to_pem_pkcs8()?)? })
}

fn signed(key: &PKey<Private>, address: IpAddr, names: &[String]) -> Result<X509, std::io::Error> {
    let mut name = X509Name::builder()?;
    name.append_entry_by_text("CN", "halab")?;
    let name = name.build();
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    // Browsers refuse a second certificate with the number of the first.
    let mut serial = random::bytes::<16>()?;
    serial[0] &= 0x7f;
    let serial = openssl::bn::BigNum::from_slice(&serial)?.to_asn1_integer()?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_pubkey(key)?;
    builder.set_not_before(Asn1Time::days_from_now(0)?.as_ref())?;
    builder.set_not_after(Asn1Time::days_from_now(DAYS)?.as_ref())?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    let mut alternative = SubjectAlternativeName::new();
    alternative.dns("localhost").ip("127.0.0.1");
    if !address.is_unspecified() {
        alternative.ip(&address.to_string());
    }
    for name in names {
        match name.parse::<IpAddr>() {
            Ok(_) => alternative.ip(name),
            Err(_) => alternative.dns(name),
        };
    }
    let alternative = alternative.build(&builder.x509v3_context(None, None))?;
    builder.append_extension(alternative)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}
