//! Makes the specification of an image from a recipe and the additions of a node's stacks.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::catalog::Catalog;
use crate::model::ImageName;
use crate::model::spec::Script;
use crate::model::spec::{Digest, ImageSpec};

use super::recipe::{Built, Fetched, Recipe, Source};
use super::shared::Shared;
use super::{RecipeError, build};

/// Everything that determines the content of an image. Its digest is the image's name in the store.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Ingredients<'a> {
    Built { builder: &'a Digest, recipe: &'a Built, packages: &'a BTreeSet<String>, bake: Vec<&'a str> },
    Fetched { recipe: &'a Fetched },
}

/// The specification of an image with the packages and bake scripts of a node and its stacks, and of other
/// stacks that the recipe's image carries ([`super::shared`]).
///
/// Packages that the recipe has anyway add nothing.
///
/// The same inputs give the same digest on every machine. Package versions are not among them: they are those
/// of the mirror on the day of the build.
///
/// # Errors
/// When the catalogue has no such image, its file is not a valid recipe, a stack named by the recipe cannot
/// be read, or an image to fetch would need additions.
pub fn image_spec(
    name: &ImageName,
    packages: &BTreeSet<String>,
    bake: &[Script],
    catalog: &Catalog,
) -> Result<ImageSpec, RecipeError> {
    let recipe = Recipe::load(name, catalog)?;
    let has = |package: &String| match &recipe.source {
        Source::Built(built) => built.packages.contains(package),
        Source::Fetched(_) => false,
    };
    let packages: &BTreeSet<String> = &packages.iter().filter(|package| !has(package)).cloned().collect();
    let needs_more = !(packages.is_empty() && bake.is_empty());
    if let (Source::Built(built), true) = (&recipe.source, needs_more) {
        let shared = Shared::of(built, catalog)?;
        if shared.serves(packages, bake) {
            return of_recipe(&recipe, &shared.packages.clone(), &shared.scripts());
        }
    }
    of_recipe(&recipe, packages, bake)
}

/// The same, for a loaded recipe.
pub(super) fn of_recipe(
    recipe: &Recipe,
    packages: &BTreeSet<String>,
    bake: &[Script],
) -> Result<ImageSpec, RecipeError> {
    let digest = match &recipe.source {
        Source::Built(built) => Digest::of(&Ingredients::Built {
            builder: &build::fingerprint(),
            recipe: built,
            packages,
            bake: bake.iter().map(|script| script.text.as_str()).collect(),
        }),
        Source::Fetched(fetched) if packages.is_empty() && bake.is_empty() => {
            Digest::of(&Ingredients::Fetched { recipe: fetched })
        }
        Source::Fetched(_) => {
            let titles = bake.iter().map(|script| &script.title);
            let needs: Vec<&str> = packages.iter().chain(titles).map(String::as_str).collect();
            return Err(RecipeError::NotBuilt { name: recipe.name.clone(), needs: needs.join(", ") });
        }
    };
    Ok(ImageSpec { name: recipe.name.clone(), digest, packages: packages.clone(), bake: bake.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str, packages: &[&str], bake: &[&str]) -> Digest {
        let packages = packages.iter().map(|name| (*name).to_owned()).collect();
        let bake: Vec<Script> =
            bake.iter().map(|text| Script { title: "t".to_owned(), text: (*text).to_owned() }).collect();
        image_spec(&name.parse().unwrap(), &packages, &bake, &Catalog::bundled()).unwrap().digest
    }

    /// A folder with an image that carries a stack, and a stack beside it.
    fn carrying() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        };
        let stack = |name: &str| {
            format!(
                "schema = 1\nname = '{name}'\ntitle = 't'\npackages = ['{name}-server']\nbake = 'bake.sh'\n"
            )
        };
        write("templates/web/stack.toml", &stack("web"));
        write("templates/web/bake.sh", "systemctl disable web.service\n");
        write("templates/mail/stack.toml", &stack("mail"));
        write("templates/mail/bake.sh", "systemctl disable mail.service\n");
        write(
            "images/both.toml",
            "schema = 1\ntitle = 't'\n[built]\nsuite = 'bookworm'\nroot-size = '1GiB'\npackages = ['less']\n\
             stacks = ['web', 'mail']\n",
        );
        folder
    }

    #[test]
    fn nodes_with_different_stacks_share_an_image_that_carries_both_and_starts_neither() {
        let folder = carrying();
        let catalog = Catalog::bundled().beside_path(folder.path()).unwrap();
        let name = "both".parse().unwrap();
        let of = |stacks: &[&str], more: &[&str]| {
            let (mut packages, mut bake) = (BTreeSet::new(), Vec::new());
            for stack in stacks {
                let (needs, script) = crate::stack::ingredients(&catalog, stack).unwrap();
                packages.extend(needs);
                bake.extend(script);
            }
            packages.extend(more.iter().map(|package| (*package).to_owned()));
            image_spec(&name, &packages, &bake, &catalog).unwrap()
        };
        let (web, mail) = (of(&["web"], &[]), of(&["mail"], &[]));
        assert_eq!(web, mail);
        assert_eq!(of(&["web"], &["less"]), web, "the recipe has it anyway");
        assert_eq!(of(&[], &["less"]), of(&[], &[]));
        assert!(web.packages.contains("web-server") && web.packages.contains("mail-server"));
        let last = web.bake.last().unwrap();
        assert_eq!(web.bake.len(), 3);
        assert!(last.text.contains("| ssh.service |") && last.text.contains("${list##*/}"), "{}", last.text);
        // A node without stacks, and one with a stack that the image does not carry, have their own images.
        let plain = of(&[], &[]);
        assert_eq!((plain.packages.len(), plain.bake.len()), (0, 0));
        let own = of(&["web"], &["another"]);
        assert_eq!((own.packages.len(), own.bake.len()), (2, 1));

        fs_err::remove_dir_all(folder.path().join("templates/mail")).unwrap();
        let error = image_spec(&name, &web.packages, &[], &catalog).unwrap_err();
        assert_eq!(error.to_string(), "there is no stack `mail`");
    }

    #[test]
    fn the_digest_is_of_everything_that_goes_in() {
        let plain = spec("debian-12", &[], &[]);
        assert_eq!(plain, spec("debian-12", &[], &[]));
        let stacked = spec("debian-12", &["drbd-utils", "heartbeat"], &["a"]);
        assert_eq!(stacked, spec("debian-12", &["heartbeat", "drbd-utils"], &["a"]));
        let others = [
            spec("debian-13", &[], &[]),
            spec("debian-12", &["drbd-utils"], &[]),
            spec("debian-12", &[], &["a"]),
            spec("debian-12", &[], &["a", "b"]),
            spec("debian-12", &[], &["b", "a"]),
            plain,
            stacked,
        ];
        assert_eq!(others.iter().collect::<BTreeSet<_>>().len(), others.len());
    }

    #[test]
    fn a_fetched_image_takes_no_packages() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("images")).unwrap();
        let text = format!(
            "schema = 1\ntitle = 't'\n[fetched]\nurl = 'http://a.example/b'\nsha256 = '{}'\nformat = 'raw'\nuser = 'u'\n",
            "ab".repeat(32)
        );
        fs_err::write(folder.path().join("images/mine.toml"), text).unwrap();
        let catalog = Catalog::bundled().beside_path(folder.path()).unwrap();
        let name = "mine".parse().unwrap();
        image_spec(&name, &BTreeSet::new(), &[], &catalog).unwrap();
        let error = image_spec(&name, &["heartbeat".to_owned()].into(), &[], &catalog).unwrap_err();
        assert!(error.to_string().contains("heartbeat"), "{error}");
    }
}
