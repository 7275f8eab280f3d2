package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// tools are the programs that the benchmark needs. Those that are missing have
// an error in why, which becomes their row.
type tools struct {
	cocostat, instances string
	detections          string
	bin                 string // folder of the Go peers
	python              string // of the virtual environment
	why                 map[string]error
	version             map[string]string
}

// goPeers are built from the folder peers; each name is a program.
var goPeers = []struct{ name, source, module, experiment string }{
	{"encodingjson", "encodingjson", "", ""},
	{"encodingjsonv2", "encodingjson", "", "jsonv2"},
	{"sonic", "sonic", "github.com/bytedance/sonic", ""},
	{"sonicfastest", "sonicfastest", "github.com/bytedance/sonic", ""},
	{"simdjson", "simdjson", "github.com/minio/simdjson-go", ""},
	{"inflate", "inflate", "github.com/klauspost/compress", ""},
}

func (b *bench) prepareTools(ctx context.Context) (*tools, error) {
	t := &tools{bin: filepath.Join(b.dir, "bin"), why: map[string]error{}, version: map[string]string{}}
	t.cocostat, t.instances = filepath.Join(t.bin, "cocostat"), filepath.Join(t.bin, "instances")
	say("building")
	if err := b.build(ctx, t.cocostat, b.root, "./cmd/cocostat"); err != nil {
		return nil, err
	}
	peers := filepath.Join(b.root, "bench")
	if err := b.build(ctx, t.instances, peers, "./instances"); err != nil {
		return nil, err
	}
	for _, p := range goPeers {
		path := filepath.Join(t.bin, p.name)
		t.why[p.name] = b.build(ctx, path, peers, "./peers/"+p.source, "GOEXPERIMENT="+p.experiment)
		t.version[p.name] = moduleVersion(path, p.module)
	}
	for _, name := range []string{"gzip", "zstd", "jq"} {
		t.why[name] = b.need(ctx, name, name)
		t.version[name] = firstVersion(ctx, name, "--version")
	}
	b.preparePython(ctx, t, filepath.Join(b.dir, "venv"), "requirements.txt")
	t.say(ctx)
	return t, ctx.Err()
}

// say tells which tools are missing.
func (t *tools) say(ctx context.Context) {
	for name, err := range t.why {
		if err != nil && ctx.Err() == nil {
			say("%s: %v", name, err)
		}
	}
}

// build builds a command without cgo, unless Go finds that it is up to date.
func (b *bench) build(ctx context.Context, path, dir, pkg string, env ...string) error {
	_, err := process{args: []string{"go", "build", "-buildvcs=auto", "-o", path, pkg}, dir: dir, env: append([]string{"CGO_ENABLED=0"}, env...)}.run(ctx)
	if err != nil {
		return fmt.Errorf("cannot build %s: %w", pkg, err)
	}
	return nil
}

// need makes sure that a program is there and installs its Debian package if
// it is not and if that needs no password.
func (b *bench) need(ctx context.Context, name, pkg string) error {
	if _, err := exec.LookPath(name); err == nil {
		return nil
	}
	if err := aptInstall(ctx, pkg); err != nil {
		return fmt.Errorf("%s is not installed (apt-get install %s): %w", name, pkg, err)
	}
	_, err := exec.LookPath(name)
	return err
}

func aptInstall(ctx context.Context, pkg string) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("there is no apt-get here")
	}
	var sudo []string
	if os.Geteuid() != 0 {
		sudo = []string{"sudo", "-n"}
		if _, err := (process{args: []string{"sudo", "-n", "true"}}).run(ctx); err != nil {
			return errors.New("it takes an administrator to install it")
		}
	}
	say("installing %s", pkg)
	var err error
	for _, words := range [][]string{{"install", "-y", "--no-install-recommends", pkg}, {"update"}, {"install", "-y", "--no-install-recommends", pkg}} {
		args := append(append([]string{}, sudo...), "apt-get")
		_, err = process{args: append(args, words...), env: []string{"DEBIAN_FRONTEND=noninteractive"}}.run(ctx)
		if err == nil && words[0] == "install" {
			return nil
		}
	}
	return err
}

// preparePython makes a virtual environment in a folder with the Python peers that a
// file of bench/python lists. Each package
// is installed for itself: one without a build for this Python costs one row.
func (b *bench) preparePython(ctx context.Context, t *tools, venv, list string) {
	wanted, err := os.ReadFile(filepath.Join(b.root, "bench", "python", list))
	if err != nil {
		t.why["python"] = err
		return
	}
	t.python = filepath.Join(venv, "bin", "python")
	t.why["python"] = b.makeVenv(ctx, venv, t.python)
	t.version["python"] = firstVersion(ctx, t.python, "--version")
	for _, line := range strings.Fields(string(wanted)) {
		name, version, _ := strings.Cut(line, "==")
		t.version[name] = version
		if t.why[name] = t.why["python"]; t.why[name] == nil {
			t.why[name] = b.pip(ctx, t.python, name, version)
		}
	}
}

func (b *bench) makeVenv(ctx context.Context, venv, python string) error {
	working := process{args: []string{python, "-m", "pip", "--version"}}
	if _, err := working.run(ctx); err == nil {
		return nil
	}
	if err := b.need(ctx, "python3", "python3"); err != nil {
		return err
	}
	say("making a Python environment in %s", venv)
	create := process{args: []string{"python3", "-m", "venv", "--clear", venv}}
	if _, err := create.run(ctx); err == nil {
		return nil
	}
	if err := aptInstall(ctx, "python3-venv"); err != nil {
		return fmt.Errorf("python3 cannot make an environment (apt-get install python3-venv): %w", err)
	}
	_, err := create.run(ctx)
	return err
}

func (b *bench) pip(ctx context.Context, python, name, version string) error {
	check := process{args: []string{python, "-c", "import importlib.metadata as m, sys; sys.exit(m.version(sys.argv[1]) != sys.argv[2])", name, version}}
	if _, err := check.run(ctx); err == nil {
		return nil
	}
	say("installing %s %s", name, version)
	install := process{args: []string{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", name + "==" + version}}
	if _, err := install.run(ctx); err != nil {
		return fmt.Errorf("pip cannot install %s %s: %w", name, version, err)
	}
	return nil
}

// moduleVersion returns the version of a module in a built program, or Go's for
// the standard library.
func moduleVersion(path, module string) string {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return ""
	}
	if module == "" {
		version, _, _ := strings.Cut(info.GoVersion, "-X:") // experiments
		return version
	}
	for _, d := range info.Deps {
		if d.Path == module {
			return strings.TrimPrefix(d.Version, "v")
		}
	}
	return ""
}

// firstVersion returns the first word of a program's output that has a digit.
func firstVersion(ctx context.Context, args ...string) string {
	m, err := process{args: args, output: true}.run(ctx)
	if err != nil {
		return ""
	}
	for _, w := range strings.Fields(string(m.output)) {
		w = strings.Trim(w, ",*")
		w = strings.TrimPrefix(strings.TrimPrefix(w, "jq-"), "v")
		if w != "" && w[0] >= '0' && w[0] <= '9' {
			return w
		}
	}
	return ""
}
