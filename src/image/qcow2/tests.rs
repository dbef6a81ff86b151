//! Tests of hostile headers.

use super::*;

/// The size of a file with [`good`] as its beginning.
const FILE: u64 = 5 << 16;

/// The first cluster of an image of 1 GiB: version 3, clusters of 64 KiB.
fn good() -> Vec<u8> {
    let mut bytes = vec![0; 1 << 16];
    bytes[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
    set(&mut bytes, 20, &16_u32.to_be_bytes());
    set(&mut bytes, 24, &(1_u64 << 30).to_be_bytes());
    set(&mut bytes, 36, &2_u32.to_be_bytes());
    set(&mut bytes, 40, &(3_u64 << 16).to_be_bytes());
    set(&mut bytes, 48, &(1_u64 << 16).to_be_bytes());
    set(&mut bytes, 56, &1_u32.to_be_bytes());
    set(&mut bytes, 96, &4_u32.to_be_bytes());
    set(&mut bytes, 100, &112_u32.to_be_bytes());
    // The table of feature names, which QEMU writes.
    set(&mut bytes, 112, &0x6803_f857_u32.to_be_bytes());
    set(&mut bytes, 116, &144_u32.to_be_bytes());
    bytes
}

fn set(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn flaw(change: impl FnOnce(&mut Vec<u8>)) -> Option<Flaw> {
    let mut bytes = good();
    change(&mut bytes);
    parse(&bytes, FILE).err()
}

#[test]
fn whole_images_are_taken() {
    assert_eq!(parse(&good(), FILE).unwrap().size, 1 << 30);
    let zstandard = |bytes: &mut Vec<u8>| {
        set(bytes, 72, &COMPRESSION.to_be_bytes());
        bytes[104] = 1;
    };
    assert_eq!(flaw(zstandard), None);
    let version_2 = |bytes: &mut Vec<u8>| {
        bytes[7] = 2;
        bytes[72..].fill(0);
    };
    assert_eq!(flaw(version_2), None);
}

#[test]
fn images_that_name_another_file_are_refused() {
    let with_backing = |bytes: &mut Vec<u8>| {
        set(bytes, 8, &512_u64.to_be_bytes());
        set(bytes, 16, &11_u32.to_be_bytes());
        set(bytes, 512, b"/etc/shadow");
    };
    assert_eq!(flaw(with_backing), Some(Flaw::Part("the rest is in /etc/shadow".to_owned())));
    let far = |bytes: &mut Vec<u8>| set(bytes, 8, &u64::MAX.to_be_bytes());
    assert!(matches!(flaw(far), Some(Flaw::Part(_))));
    let data = Some(Flaw::Part("its data are in another file".to_owned()));
    assert_eq!(flaw(|bytes| set(bytes, 72, &DATA_FILE.to_be_bytes())), data);
    let name = |bytes: &mut Vec<u8>| {
        set(bytes, 112, b"DATA\0\0\0\x0b");
        set(bytes, 120, b"/etc/shadow");
    };
    assert_eq!(flaw(name), data);
}

#[test]
fn hostile_headers_are_refused() {
    type Change = fn(&mut Vec<u8>);
    let refused: [(&str, Change); 22] = [
        ("another magic", |bytes| bytes[3] = 0),
        ("version 1", |bytes| bytes[7] = 1),
        ("version 4", |bytes| bytes[7] = 4),
        ("tiny clusters", |bytes| set(bytes, 20, &8_u32.to_be_bytes())),
        ("clusters of 2^64", |bytes| set(bytes, 20, &64_u32.to_be_bytes())),
        ("encrypted", |bytes| set(bytes, 32, &2_u32.to_be_bytes())),
        ("encryption header", |bytes| set(bytes, 112, &ENCRYPTION.to_be_bytes())),
        ("dirty", |bytes| set(bytes, 72, &DIRTY.to_be_bytes())),
        ("corrupt", |bytes| set(bytes, 72, &CORRUPT.to_be_bytes())),
        ("unknown feature", |bytes| set(bytes, 72, &(1_u64 << 63).to_be_bytes())),
        ("unknown compression", |bytes| {
            set(bytes, 72, &COMPRESSION.to_be_bytes());
            bytes[104] = 7;
        }),
        ("compression without its feature", |bytes| bytes[104] = 1),
        ("short header", |bytes| set(bytes, 100, &64_u32.to_be_bytes())),
        ("long header", |bytes| set(bytes, 100, &0xffff_fff8_u32.to_be_bytes())),
        ("wide counts", |bytes| set(bytes, 96, &7_u32.to_be_bytes())),
        ("long extension", |bytes| set(bytes, 116, &u32::MAX.to_be_bytes())),
        ("no disk", |bytes| set(bytes, 24, &0_u64.to_be_bytes())),
        ("a disk of 2^64 bytes", |bytes| set(bytes, 24, &u64::MAX.to_be_bytes())),
        ("a first table of 32 GiB", |bytes| set(bytes, 36, &u32::MAX.to_be_bytes())),
        ("a first table at the end of all numbers", |bytes| set(bytes, 40, &(u64::MAX << 16).to_be_bytes())),
        ("no counts", |bytes| set(bytes, 56, &0_u32.to_be_bytes())),
        ("too many snapshots", |bytes| set(bytes, 60, &u32::MAX.to_be_bytes())),
    ];
    for (what, change) in refused {
        assert!(flaw(change).is_some(), "{what}");
    }
}

#[test]
fn every_beginning_and_every_changed_byte_gets_an_answer() {
    let whole = good();
    for length in 0..600 {
        let flaw = parse(&whole[..length], length as u64).unwrap_err();
        assert!(matches!(flaw, Flaw::OtherFormat | Flaw::Truncated(_)), "{length}: {flaw}");
    }
    for at in 0..300 {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            drop(parse(&bytes, FILE));
            drop(parse(&bytes[..at], u64::MAX));
        }
    }
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    assert_eq!(parse(&good(), (3 << 16) + 15), Err(Flaw::Truncated("its first table")));
    let header = parse(&good(), FILE).unwrap();
    let table = |offset: u64| [offset.to_be_bytes(), offset.to_be_bytes(), [0; 8]].concat();
    let copied = 1 << 63;
    assert_eq!(second_level(&table(4 << 16 | copied), &header, FILE), Ok([4 << 16].into()));
    assert_eq!(second_level(&table(5 << 16), &header, FILE), Err(Flaw::Truncated("a table of clusters")));
    assert!(second_level(&table(OFFSET & !0xffff), &header, FILE).is_err());
    assert!(second_level(&table((4 << 16) + 512), &header, FILE).is_err());

    assert_eq!(data(&table(4 << 16 | copied), &header, FILE), Ok(()));
    assert_eq!(data(&table(5 << 16 | copied), &header, FILE), Err(Flaw::Truncated("a cluster")));
    assert_eq!(data(&table((FILE - 1) | (3 << 54) | COMPRESSED), &header, FILE), Ok(()));
    assert_eq!(data(&table(FILE | COMPRESSED), &header, FILE), Err(Flaw::Truncated("a cluster")));
}

/// A header that names a backing file.
fn overlay(name: &[u8]) -> Vec<u8> {
    let mut bytes = b"QFI\xfb\0\0\0\x03".to_vec();
    bytes.extend(24u64.to_be_bytes());
    bytes.extend((name.len() as u32).to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(name);
    bytes
}

#[test]
fn overlays_name_what_they_are_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("disk");
    let mut bytes = overlay(b"/a/b.raw");
    bytes.extend(b" and more");
    fs_err::write(&file, &bytes).unwrap();
    assert_eq!(backing(&file).unwrap(), Some(Some(PathBuf::from("/a/b.raw"))));
    bytes[8..20].fill(0);
    fs_err::write(&file, &bytes).unwrap();
    assert_eq!(backing(&file).unwrap(), Some(None));
    for other in [b"short".as_slice(), &[0; 512]] {
        fs_err::write(&file, other).unwrap();
        assert_eq!(backing(&file).unwrap(), None);
    }
}

#[test]
fn a_chain_has_an_end_even_if_a_file_names_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs_err::write(path("top"), overlay(b"middle")).unwrap();
    fs_err::write(path("middle"), overlay(path("bottom").as_os_str().as_encoded_bytes())).unwrap();
    assert_eq!(chain(&path("top")).unwrap(), [path("middle"), path("bottom")], "the last is missing");
    fs_err::write(path("bottom"), [0; 512]).unwrap();
    assert_eq!(chain(&path("top")).unwrap(), [path("middle"), path("bottom")]);
    assert_eq!(chain(&path("bottom")).unwrap(), Vec::<PathBuf>::new());

    fs_err::write(path("bottom"), overlay(b"top")).unwrap();
    let error = chain(&path("top")).unwrap_err();
    assert!(error.to_string().contains("has more than 32 backing files"), "{error}");
    fs_err::write(path("bottom"), overlay(b"/dev/zero")).unwrap();
    let error = chain(&path("top")).unwrap_err();
    assert!(error.to_string().contains("is not a regular file"), "{error}");
}
