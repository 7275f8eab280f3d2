# make demo    train a detector on data that the project makes itself
# make test    install what is missing, build, run all tests
# make test-train    those of what is linked with libtorch alone
# make test-pytorch  likewise, with PyTorch from PyPI (downloads 0.6 GB, once)
# make check   formatting, vet, staticcheck, import directions, build without cgo, data races
# make race    tests of all packages without libtorch, under the race detector
# make build   build/bin/cocostat and build/bin/train
# make bench   Go benchmarks
# make bench-scan  cocostat analyze against other programs, see docs/benchmarks.md
# make bench-yolo  cocostat analyze on a YOLO dataset, likewise
# make bench-rows  COCO's JSON as Parquet with a row per annotation, likewise
# make bench-eval  cocostat eval against other libraries, likewise
# make bench-train train against PyTorch in Python, likewise
# make bench-predict train predict against PyTorch in Python, likewise
# make bench-processes  train in several processes against one, likewise
# make bench-busy  train beside other programs that want the processors, likewise
# make bench-loss  the losses of training against the same in PyTorch, likewise
# make bench-deform  its deformable convolution against torchvision's, likewise
# make bench-gpu  train on a GPU against the CPU and against PyTorch, see docs/gpu.md
# make profile the profile by which the compiler optimises cocostat
#
# LIBTORCH=/path takes another libtorch than the system's: the unpacked official
# zip, or the folder torch inside an installed PyTorch.

LIBTORCH ?=
$(if $(word 2,$(LIBTORCH)),$(error LIBTORCH=$(LIBTORCH): a path with spaces does not go through the linker's flags))
override LIBTORCH := $(abspath $(LIBTORCH))
export LIBTORCH

# gotorch and train/torchx link with -lcgotorch and -ltorchx, which native builds
# into build/lib, where Go finds them without make (train/torchx/cgo.go). Those for
# another libtorch lie in a folder there that is named after its path.
folder := lib
ifneq ($(LIBTORCH),)
folder := lib/$(subst /,_,$(LIBTORCH:/%=%))
lib := $(CURDIR)/build/$(folder)
export CGO_LDFLAGS := -L$(lib) -Wl,-rpath,$(lib) -Wl,-rpath,$$ORIGIN/../$(folder) -L$(LIBTORCH)/lib -Wl,-rpath,$(LIBTORCH)/lib
endif

.PHONY: demo test test-train test-pytorch check race build bench bench-scan bench-yolo bench-rows bench-eval bench-train bench-predict bench-processes bench-busy bench-loss bench-deform bench-gpu measure-gpu profile native clean

demo: build
	sh scripts/demo.sh

test: native
	sh scripts/install.sh browser
	sh scripts/install.sh interop
	sh scripts/interop.sh
	go test -timeout 30m ./...
	go -C bench test ./...

# Go's cache of results does not see that a library has changed: -count=1.
test-train: native
	go test -count=1 ./train/... ./internal/commands/training/...

test-pytorch:
	torch=$$(sh scripts/pytorch.sh) && $(MAKE) test-train LIBTORCH="$$torch"

check:
	sh scripts/check.sh

race:
	go test -race $$(go list ./... | grep -v -e /train -e /bench)

build: native
	go build -ldflags '$(addprefix -X cocostat/internal/cli.version=,$(shell git describe --tags --always --dirty 2>/dev/null))' -o build/bin/ ./cmd/...

native:
	sh scripts/install.sh
	sh scripts/native.sh build/$(folder)

bench: native
	go test -run '^$$' -bench . -benchmem ./...

bench-scan:
	sh scripts/bench-scan.sh

bench-yolo:
	sh scripts/bench-yolo.sh

bench-rows:
	sh scripts/bench-rows.sh

bench-eval:
	sh scripts/bench-eval.sh

bench-train: build
	sh scripts/bench-train.sh

bench-predict: build
	sh scripts/bench-predict.sh

bench-processes: build
	sh scripts/bench-processes.sh

bench-busy: build
	sh scripts/bench-busy.sh

bench-loss: native
	sh scripts/bench-loss.sh

bench-deform: native
	sh scripts/bench-deform.sh

# With PyPI's PyTorch, unless another one is named.
bench-gpu:
	torch="$(LIBTORCH)"; [ -n "$$torch" ] || torch=$$(sh scripts/bench-gpu.sh torch) && $(MAKE) measure-gpu LIBTORCH="$$torch"

measure-gpu: build
	sh scripts/bench-gpu.sh

profile:
	sh scripts/profile.sh

clean:
	rm -rf build demo
