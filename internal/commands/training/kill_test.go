package training

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"cocostat/internal/cli"
	"cocostat/internal/safetensors"
	"cocostat/train"
)

// The test binary is the train command, in a process of its own, where the first
// variable says so; the second is the most bytes that a file may then have.
const (
	asCommand = "COCOSTAT_TEST_AS_TRAIN"
	fileLimit = "COCOSTAT_TEST_FILE_LIMIT"
)

// beTheCommand does not return if the process is to be the train command.
func beTheCommand() {
	if os.Getenv(asCommand) == "" {
		return
	}
	if n, err := strconv.ParseUint(os.Getenv(fileLimit), 10, 64); err == nil {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			panic(err)
		}
	}
	cli.Main(NewTrain, Patience)
}

// process starts the train command in a process of its own.
func process(t *testing.T, environment []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(exe, args...)
	cmd.Env = append(append(os.Environ(), asCommand+"=1"), environment...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &out
}

// killed are the flags of a run of 24 steps and two evaluations that saves
// its state nearly all the time.
func killed(set string, network ...string) []string {
	return append(append([]string{set, "--save-every", "1ms", "--ema", "0.9", "--eval-every", "2", "--workers", "1", "--quiet"}, network...),
		"--batch", "2", "--epochs", "4")
}

// killedNetworks are networks with the number of kills that their runs go through.
var killedNetworks = []struct {
	name  string
	kills int
	flags []string
}{
	{"centernet", 6, tiny},
	{"deformable", 5, append(slices.Clone(tiny), "--neck-conv", "deformable", "--head-norm", "none")},
	{"fcos", 5, []string{"--detector", "fcos", "--width", "0.25", "--fpn-channels", "32", "--short-side", "48,64", "--threads", "1"}},
}

// Killed at random moments, and going on each time, runs end with the same
// numbers, bit for bit, as the one that was never stopped.
func TestKilledRunsEndAsIfNothingHadHappened(t *testing.T) {
	set := smallSet(t)
	for _, n := range killedNetworks {
		t.Run(n.name, func(t *testing.T) { killAndGoOn(t, n.kills, killed(set, n.flags...)) })
	}
}

// killAndGoOn kills runs of the given flags so many times in all.
func killAndGoOn(t *testing.T, most int, flags []string) {
	dir := t.TempDir()
	want := filepath.Join(dir, "whole")
	begin := time.Now()
	if cmd, out := process(t, nil, append(slices.Clone(flags), "-o", want)...); cmd.Wait() != nil {
		t.Fatalf("the whole run failed: %s", out)
	}
	length := time.Since(begin)
	seed := rand.Uint64()
	t.Logf("a whole run takes %v; seed %d", length, seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	kills, runs := 0, 0
	var places []string
	for kills < most {
		runs++
		run := filepath.Join(dir, strconv.Itoa(runs))
		for done := false; !done; {
			before := savedAt(run)
			cmd, out := process(t, nil, beginOrGoOn(flags, run)...)
			if kills < most {
				part := rng.Float64()
				if kills%2 == 1 { // after its beginning, which takes most of so short a run
					for began := time.Now(); time.Since(began) < length && savedAt(run) == before; time.Sleep(time.Millisecond) {
					}
					part /= 4
				}
				time.Sleep(time.Duration(part * float64(length)))
				cmd.Process.Kill()
			}
			err := cmd.Wait()
			if done = err == nil; done {
				places = append(places, "end")
				continue
			}
			if status, is := err.(*exec.ExitError); !is || status.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("seed %d, run %d: %v: %s", seed, runs, err, out)
			}
			kills++
			places = append(places, place(run))
		}
		sameEnd(t, want, run)
	}
	t.Logf("%d kills in %d runs: %s", kills, runs, strings.Join(places, "; "))
}

// savedAt is when the last checkpoint was written; zero if there is none.
func savedAt(run string) (t time.Time) {
	if info, err := os.Stat(filepath.Join(run, train.LastFile)); err == nil {
		t = info.ModTime()
	}
	return t
}

// beginOrGoOn are the arguments that begin a run, or go on with it if it has
// come as far as that.
func beginOrGoOn(flags []string, run string) []string {
	if _, err := os.Stat(filepath.Join(run, train.ConfigFile)); err == nil {
		return []string{"--resume", run, "--quiet"}
	}
	return append(slices.Clone(flags), "-o", run)
}

// place says what a killed process left.
func place(run string) string {
	text := "no checkpoint"
	if c, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile)); err == nil {
		text = fmt.Sprintf("epoch %d, step %d", c.Epoch+1, c.Step)
	}
	if half, _ := filepath.Glob(filepath.Join(run, ".*.tmp-*")); len(half) > 0 {
		text += ", saving"
	}
	return text
}

// sameEnd compares what two runs left: every number of the checkpoints bit for
// bit, the detections, and the metrics without what depends on the clock.
func sameEnd(t *testing.T, a, b string) {
	t.Helper()
	for _, name := range []string{train.LastFile, train.BestFile} {
		x, y := tensorsOf(t, filepath.Join(a, name)), tensorsOf(t, filepath.Join(b, name))
		if len(x) != len(y) || len(x) == 0 {
			t.Fatalf("%s: %d and %d tensors", name, len(x), len(y))
		}
		for i := range x {
			if x[i].Name != y[i].Name || !slices.EqualFunc(x[i].Data, y[i].Data, func(v, w float32) bool { return math.Float32bits(v) == math.Float32bits(w) }) {
				t.Fatalf("%s of %s is not that of the whole run", y[i].Name, filepath.Join(b, name))
			}
		}
	}
	if x, y := contentOf(t, a, train.DetectionsFile), contentOf(t, b, train.DetectionsFile); x != y {
		t.Errorf("%s: other detections than in the whole run", b)
	}
	if x, y := scalars(t, a), scalars(t, b); !maps.Equal(x, y) || len(x) < 24*6+4+2*3 {
		t.Errorf("%s: %d scalars for TensorBoard, want the %d of the whole run", b, len(y), len(x))
	}
	if x, y := withoutTimes(t, a), withoutTimes(t, b); x != y {
		t.Errorf("%s: metrics\n%s\nwant\n%s", b, y, x)
	}
}

func tensorsOf(t *testing.T, path string) []safetensors.Tensor {
	t.Helper()
	f, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return f.Tensors
}

func contentOf(t *testing.T, run, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(run, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func withoutTimes(t *testing.T, run string) string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(contentOf(t, run, train.MetricsFile)) {
		var m train.Metric
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %q: %v", run, line, err)
		}
		m.Seconds, m.ImagesPerSecond, m.Times = 0, 0, train.Times{}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(text))
	}
	return strings.Join(lines, "\n")
}

// Signals end a run between two steps, with its state saved.
func TestSignals(t *testing.T) {
	set := smallSet(t)
	args := append([]string{set, "--save-every", "0", "--workers", "1"}, append(slices.Clone(tiny), "--batch", "2", "--epochs", "1000")...)
	for s, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		if signal.Ignored(s) {
			continue // the tests run under nohup
		}
		run := filepath.Join(t.TempDir(), "run")
		cmd, out := process(t, nil, append(args, "-o", run)...)
		for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(time.Millisecond) {
			if _, err := os.Stat(filepath.Join(run, train.MetricsFile)); err == nil {
				break
			}
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		err := cmd.Wait()
		if cmd.ProcessState.ExitCode() != code || !strings.Contains(out.String(), "go on with: train --resume "+run) {
			t.Errorf("%v: %v: %s", s, err, out)
		}
		c, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile))
		if err != nil || c.Epoch < 1 {
			t.Errorf("%v: saved %+v, %v", s, c, err)
		}
	}
}

// When a checkpoint cannot be written for want of room, the run ends with a
// word about it, what was saved before stays, and the run goes on later to the
// same end. The most bytes of a file stand for a full disk.
func TestDiskFull(t *testing.T) {
	set, dir := smallSet(t), t.TempDir()
	want, run := filepath.Join(dir, "whole"), filepath.Join(dir, "run")
	for _, path := range []string{want, run} {
		if cmd, out := process(t, nil, append(killed(set, tiny...), "-o", path)...); path == want {
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		} else {
			for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(time.Millisecond) {
				if _, err := os.Stat(filepath.Join(run, train.PreviousFile)); err == nil {
					break
				}
			}
			cmd.Process.Kill()
			cmd.Wait()
		}
	}
	before := contentOf(t, run, train.LastFile)
	limit := fileLimit + "=" + strconv.Itoa(len(before)/2)
	cmd, out := process(t, []string{limit}, "--resume", run)
	cmd.Wait()
	for _, words := range []string{"cannot save " + filepath.Join(run, train.LastFile), "file too large", "is whole: go on from there with --resume"} {
		if cmd.ProcessState.ExitCode() != cli.ExitFailure || !strings.Contains(out.String(), words) {
			t.Errorf("exit %d without %q: %s", cmd.ProcessState.ExitCode(), words, out)
		}
	}
	if contentOf(t, run, train.LastFile) != before {
		t.Error("the last checkpoint has changed")
	}
	if cmd, out := process(t, nil, "--resume", run); cmd.Wait() != nil {
		t.Fatalf("going on later: %s", out)
	}
	sameEnd(t, want, run)
}

// The command starts where it may run on one processor alone.
func TestOneProcessor(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	for cpu := range 1024 {
		if before.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		t.Fatal(err)
	}
	cmd, out := process(t, nil, "recipes", "--format", "csv")
	if err := unix.SchedSetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "table1/ours") {
		t.Errorf("%v: %s", err, out)
	}
}
