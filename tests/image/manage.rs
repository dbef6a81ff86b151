//! Adding, finding and removing images.

use halab::testing::image::manage::{self, Addition, ImageOrigin};
use halab::testing::image::{ImageError, ImageStore};

use super::store::{TestStore, qcow2};

fn add(store: &TestStore, name: &str, file: &str) -> Result<halab::testing::image::StoredImage, ImageError> {
    let addition = Addition {
        name: name.parse().unwrap(),
        title: "With \"quotes\" and a \\".to_owned(),
        from: ImageOrigin::File(store.folder().join(file)),
        user: "debian".to_owned(),
    };
    store.with(|context| manage::add(&store.state, &addition, context))
}

#[test]
fn a_file_is_added_listed_used_and_removed() {
    let store = TestStore::new();
    let (bytes, _) = qcow2(store.folder());
    let image = add(&store, "mine", "disk.qcow2").unwrap();
    assert_eq!(fs_err::read(image.disk()).unwrap(), bytes);
    assert_eq!(image.manifest.title, "With \"quotes\" and a \\");
    assert!(matches!(add(&store, "mine", "disk.qcow2"), Err(ImageError::Exists(_))));
    assert_eq!(ImageStore::new(&store.state).list().unwrap(), std::slice::from_ref(&image));
    assert!(image.size_on_disk().unwrap().0 >= 3 << 20);
    assert_eq!(manage::find(&store.state, "mine").unwrap(), image);
    assert_eq!(manage::find(&store.state, image.manifest.digest.short()).unwrap(), image);
    assert!(matches!(manage::find(&store.state, "other"), Err(ImageError::NotStored(_))));

    let disks = store.state.instance(&"demo".parse().unwrap()).join("disks");
    fs_err::create_dir_all(&disks).unwrap();
    let status = std::process::Command::new("qemu-img")
        .args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b"])
        .args([image.disk(), disks.join("node1.qcow2")])
        .status()
        .unwrap();
    assert!(status.success());
    let error = store.with(|context| manage::remove(&store.state, &image, false, context)).unwrap_err();
    assert!(matches!(&error, ImageError::InUse { users, .. } if users == &["demo"]), "{error}");

    store.with(|context| manage::remove(&store.state, &image, true, context)).unwrap();
    assert_eq!(ImageStore::new(&store.state).list().unwrap(), []);
    // Its name is free again.
    add(&store, "mine", "raw").unwrap();
}

#[test]
fn a_file_that_is_not_there_leaves_no_name_behind() {
    let store = TestStore::new();
    let error = add(&store, "mine", "missing").unwrap_err();
    assert!(matches!(error, ImageError::Io { .. }), "{error}");
    qcow2(store.folder());
    add(&store, "mine", "raw").unwrap();
}

#[test]
fn what_is_no_regular_file_is_neither_opened_nor_read() {
    let store = TestStore::new();
    let fifo = store.folder().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for other in ["fifo", "."] {
        let error = add(&store, "mine", other).unwrap_err();
        assert!(format!("{error:?}").contains("is not a regular file"), "{error:?}");
    }
    // The length of such files is zero.
    let procfs = Addition {
        name: "mine".parse().unwrap(),
        title: String::new(),
        from: ImageOrigin::File("/proc/self/environ".into()),
        user: "debian".to_owned(),
    };
    let error = store.with(|context| manage::add(&store.state, &procfs, context)).unwrap_err();
    assert!(
        error.to_string().contains("it is not a disk") || error.to_string().contains("SHA-256"),
        "{error}"
    );
    assert_eq!(ImageStore::new(&store.state).list().unwrap(), []);
}

#[test]
fn a_disk_that_names_itself_ends_no_search() {
    let store = TestStore::new();
    qcow2(store.folder());
    let image = add(&store, "mine", "disk.qcow2").unwrap();
    let disks = store.state.instance(&"demo".parse().unwrap()).join("disks");
    fs_err::create_dir_all(&disks).unwrap();
    let disk = disks.join("node1.qcow2");
    let name = disk.as_os_str().as_encoded_bytes();
    let mut bytes = b"QFI\xfb\0\0\0\x03".to_vec();
    bytes.extend(24_u64.to_be_bytes());
    bytes.extend((name.len() as u32).to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(name);
    fs_err::write(&disk, bytes).unwrap();
    let error = manage::users(&store.state, &image.manifest.digest).unwrap_err();
    assert!(format!("{error:?}").contains("has more than 32 backing files"), "{error:?}");
}
