# The project's commands. `make appliance` and `make test` do all the set-up they need, as root or through sudo.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
VERSION ?= 14.2.3-031
MODEL ?= C100V
OUT ?= out
KEYS ?= keys
FORMATS ?= raw
IMAGE = $(OUT)/mailward-$(MODEL)-$(VERSION).raw
INSTALLER = $(OUT)/mailward-$(VERSION)-installer.iso

# What the host lends: to build an image, to boot it, and the daemons at the other end of the tests.
BUILD_PACKAGES := mmdebstrap bubblewrap zstd debian-archive-keyring ca-certificates openssl python3 python3-venv
QEMU_PACKAGES := qemu-system-x86 qemu-utils ovmf
TEST_PACKAGES := postfix swaks lldpd lldpad openipmi ipmitool umockdev gir1.2-umockdev-1.0 python3-gi smartmontools \
	mdadm iproute2 fdisk openssh-client openssh-server sudo curl lftp dosfstools mtools ruby zstd xorriso sbsigntool \
	systemd-boot-efi swtpm

.PHONY: help
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make appliance   build the virtual appliance, boot it, send three messages through it
.PHONY: appliance
appliance: host-appliance setup $(KEYS)/release.pub
	$(SUDO) $(BIN)/mailward image build --model $(MODEL) --version $(VERSION) --output $(OUT) --keys $(KEYS)
	$(SUDO) $(BIN)/mailward image trial $(IMAGE) --log-dir $(OUT)/trial
	@echo
	@echo "The image:  $(IMAGE)"
	@echo "Log in:     $(SUDO) $(BIN)/mailward image boot $(IMAGE)"
	@echo "            (prints a password for 'admin'; SSH is on port 2222 of 127.0.0.1)"

## make test        everything: style, types, floors, unit tests, real daemons, the boot of the image
.PHONY: test
test: host-test setup check test-process image test-boot

## make check       ruff, mypy --strict, import-linter, unit tests
.PHONY: check
check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests -q -m "not process and not boot"

.PHONY: test-process
test-process: setup host-test
	$(SUDO) $(BIN)/pytest tests -m process

.PHONY: test-boot
test-boot: setup host-test image
	$(SUDO) $(BIN)/pytest tests/appliance -m "boot and not matrix and not long" -v --boot-image=$(IMAGE) --boot-keys=$(KEYS)

## make test-long   boots that would take each change too long: installer, upgrades, Secure Boot, TPM, box, controllers
.PHONY: test-long
test-long: setup host-test image
	$(SUDO) $(BIN)/pytest tests/appliance -m "boot and long and not matrix" -v --boot-image=$(IMAGE) \
		--boot-installer=$(INSTALLER) --boot-keys=$(KEYS)

## make test-upgrade from release to release in QEMU: mail through it, unfit releases, power cuts at eleven points, back
.PHONY: test-upgrade
test-upgrade: setup host-test host-appliance
	$(SUDO) $(BIN)/pytest tests/appliance/test_upgrade.py tests/appliance/test_upgrade_slots.py -m boot -v -s

## make test-matrix every disk controller in every form, each booted: half an hour without KVM
.PHONY: test-matrix
test-matrix: setup host-test image
	$(SUDO) $(BIN)/pytest tests/appliance/test_matrix.py -m boot -v --boot-image=$(IMAGE) --boot-installer=$(INSTALLER) \
		--boot-keys=$(KEYS)

test-long test-matrix: FORMATS = raw,installer

## make image       the image alone (MODEL=C100V VERSION=14.2.3-031 OUT=out FORMATS=raw,installer,ova KEYS=keys)
.PHONY: image
image: host-appliance setup $(KEYS)/release.pub
	$(SUDO) $(BIN)/mailward image build --model $(MODEL) --version $(VERSION) --format $(FORMATS) --output $(OUT) --keys $(KEYS)

# A site that has keys names its folder. Otherwise some are made, once; no target ever removes them.
$(KEYS)/release.pub: | setup
	$(BIN)/mailward keys init $(KEYS)

## make test-import  import OVAs into govmomi's simulated vCenter (Debian's Go and govmomi, 300 MB)
.PHONY: test-import
test-import: setup host-test
	$(call need,golang-go golang-github-vmware-govmomi-dev)
	$(SUDO) $(BIN)/pytest tests/image/forms/test_vcsim.py -v

## make reproduce   build twice from clean, in different places and ways, and compare byte by byte
.PHONY: reproduce
reproduce: host-appliance setup
	$(SUDO) $(BIN)/mailward image reproduce --model $(MODEL) --version $(VERSION) --folder $(OUT)/reproduce

## make setup       the virtual environment in .venv, from the locked requirements
.PHONY: setup
setup: $(VENV)/.made

# What the checks and commands need; the lock says which versions.
$(VENV)/.made: requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		$(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qy python3 python3-venv; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "mailward needs Python 3.11 or later; this is `$(PYTHON) --version`. Name another: make PYTHON=python3.13" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Packages are installed only if one is missing, so that a host without a network can still run what it has.
define need
	@missing=$$(dpkg-query -W -f='$${Package} $${db:Status-Status}\n' $(1) 2>&1 | awk '/no packages found/ {print $$NF} $$2 == "not-installed" || $$2 == "config-files" {print $$1}'); \
	if [ -n "$$missing" ]; then echo "installing what this host lacks:" $$missing; \
		$(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $(1); fi
endef

.PHONY: host-appliance
host-appliance:
	$(call need,$(BUILD_PACKAGES) $(QEMU_PACKAGES))

.PHONY: host-test
host-test: host-appliance
	$(call need,$(TEST_PACKAGES))

## make bench       measure it all, each next to a named peer; the figures also as JSON in build/bench
# Who brings another bench names its target here and writes its recipe below.
BENCHES := bench-hardware bench-lldp bench-smtp bench-access bench-queue bench-config bench-image bench-console
BENCH_OUT ?= build/bench

.PHONY: bench $(BENCHES)
bench: $(BENCHES)

# Whole commands against one simulated BMC, next to ipmitool.
bench-hardware: setup
	$(call need,openipmi ipmitool)
	@mkdir -p $(BENCH_OUT)
	$(BIN)/python -m bench.hardware --json $(BENCH_OUT)/hardware.json

# LLDP frames per second, next to scapy.
bench-lldp: setup
	$(call need,python3-scapy)
	@mkdir -p $(BENCH_OUT)
	$(BIN)/python -m bench.lldp --json $(BENCH_OUT)/lldp.json

# Mail per second accepted and relayed, next to Postfix on the same disk. As root: Postfix insists.
bench-smtp: setup
	$(call need,postfix)
	@mkdir -p $(BENCH_OUT)
	$(SUDO) $(BIN)/python -m bench.smtp --json $(BENCH_OUT)/smtp.json

# What a decision of the access layer costs, in microseconds.
bench-access: setup
	@mkdir -p $(BENCH_OUT)
	$(BIN)/python -m bench.access --json $(BENCH_OUT)/access.json

# 100,000 messages in the queue: enqueue rate, start, memory.
bench-queue: setup
	$(call need,postfix)
	@mkdir -p $(BENCH_OUT)
	$(BIN)/python -m bench.queue --json $(BENCH_OUT)/queue.json

# Sizes, boot, memory and build times of the image, each with its budget. As root, like a build.
bench-image: image
	$(call need,mtools)
	@mkdir -p $(BENCH_OUT)
	$(SUDO) $(BIN)/python -m bench.image --image $(IMAGE) --json $(BENCH_OUT)/image.json

# Load, check and commit large configurations, next to lxml's XSD validation. Ends with 1 if a promise is not kept.
bench-config: setup
	@mkdir -p $(BENCH_OUT)
	$(BIN)/python -m bench.config --json $(BENCH_OUT)/config.json

# From the start of the process to the console's prompt, next to a login shell.
bench-console: setup
	@mkdir -p $(BENCH_OUT)
	$(BIN)/python -m bench.console --json $(BENCH_OUT)/console.json

## make lock        lock the dependencies again after a change in pyproject.toml
.PHONY: lock
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--extra dev --extra ansible --extra image pyproject.toml -o requirements/dev.txt
	uv pip compile -q --python-version 3.13 --python-platform x86_64-manylinux_2_28 --generate-hashes --no-emit-index-url \
		-c requirements/dev.txt pyproject.toml -o requirements/runtime.txt

## make format      ruff format and the fixes that are safe
.PHONY: format
format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## make clean       what was built here; the build cache stays (mailward image clean)
.PHONY: clean
clean:
	$(SUDO) rm -rf $(OUT) build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
