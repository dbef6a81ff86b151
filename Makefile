# The commands for users. Those that need packages install them first (scripts/setup.sh, as root).
.PHONY: help setup setup-test build page demo test test-full test-fast test-exercises lint deny fuzz bench soak install clean

cargo = scripts/cargo.sh

help:
	@echo "sudo make demo    install what is missing, build, bring a cluster up and cut its power"
	@echo "sudo make page    install Node, and build with the whole page of lab serve"
	@echo "sudo make test    install what is missing and run the tests, those with real guests included"
	@echo "sudo make test-full  the same, and the whole matrix of labs, releases and profiles"
	@echo "sudo make test-exercises  hours: each exercise that was changed, on guests, in all its variants"
	@echo "sudo make bench   timings as ratios of one run, printed as a table"
	@echo "sudo make soak    hours: ten runs of each profile, a soak, the paper's tables, the sweep over deadtime"
	@echo "make test-fast    only what needs neither root nor guests"
	@echo "make deny         licences, versions and sources of all crates, by cargo-deny, which it installs"
	@echo "make fuzz         look for inputs that break a parser of foreign bytes, a minute for each"
	@echo "make lint         rustfmt, clippy with warnings denied, and the words and widths of all prose"
	@echo "sudo make install put the command in /usr/local/bin, with its man pages and completions"

setup:
	@scripts/setup.sh

# The page is bundled for the browser of the tests.
setup-test:
	@scripts/setup.sh test
	@scripts/page.sh

# The page of `lab serve` is bundled where Node is installed; `page` installs it.
build: setup
	@scripts/page.sh
	$(cargo) build --release --locked

page: setup
	@scripts/page.sh install
	$(cargo) build --release --locked

demo: build
	@scripts/demo.sh

# Warnings are errors here and not in the sources, so that a newer compiler does not break a user's build.
lint:
	$(cargo) fmt --check
	$(cargo) clippy --locked --all-targets -- -D warnings
	$(cargo) clippy --locked --all-targets --no-default-features -- -D warnings
	$(cargo) test --locked --test words

# A skip that nothing needs is an error, too, but for the crates of fuzz/, which are others. Old names of licences and
# unused exceptions are none.
denied = -D warnings -A parse-error -A license-exception-not-encountered
deny:
	@$(cargo) deny --version >/dev/null 2>&1 || $(cargo) install --locked cargo-deny@0.20.2
	$(cargo) deny --locked check $(denied) licenses bans sources
	$(cargo) deny --locked --manifest-path fuzz/Cargo.toml --config deny.toml check $(denied) \
	  -A unmatched-skip -A unnecessary-skip licenses bans sources

fuzz:
	scripts/fuzz.sh $(PARSERS)

test-fast:
	$(cargo) test --locked

# Built as the user behind sudo, run as root: namespaces and guests need it.
test: setup-test lint deny
	scripts/test.sh

test-full: setup-test lint deny
	scripts/test.sh full
	scripts/api.sh

# Results go into tests/exercises.lock. An exercise that is as it was when it passed is left out.
test-exercises: build
	target/release/lab exercise test --all --lock tests/exercises.lock

bench: build
	scripts/bench.sh

soak: build
	scripts/soak.sh

install: build
	install -m 0755 target/release/lab /usr/local/bin/lab
	mkdir -p /usr/local/share/man/man1 /usr/local/share/bash-completion/completions
	target/release/lab man --output /usr/local/share/man/man1
	target/release/lab completions bash >/usr/local/share/bash-completion/completions/lab

clean:
	$(cargo) clean
