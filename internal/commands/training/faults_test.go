package training

import (
	"context"
	testflags "flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cocostat/annotations"
	"cocostat/dataset"
	"cocostat/internal/cli"
	"cocostat/internal/ranks"
	"cocostat/train"
	"cocostat/weights"
	"cocostat/weights/codec"
)

var randomKills = testflags.Int("kills", 4, "random kills of random processes")

// silence is how long processes wait for one that says nothing. Beside other work, a
// process may not get a processor for 2 s.
const silence = "4s"

// endless are flags of a training that does not end by itself, of small epochs.
func endless(set string) []string {
	return shared(set, "--epochs", "100000", "--eval-every", "100000", "--timeout", silence)
}

// begun waits until a run has saved its first state.
func begun(t *testing.T, p *party, run string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); savedAt(run).IsZero(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no step in a minute: %s", p.outs)
		}
	}
}

// Whatever becomes of a process, the others end and name it, and the run goes on.
func TestFaultsOfProcesses(t *testing.T) {
	set := smallSet(t)
	for name, c := range map[string]struct {
		signal syscall.Signal
		rank   int
		want   string
	}{
		"killed":         {syscall.SIGKILL, 2, "has ended: it was killed"},
		"first killed":   {syscall.SIGKILL, 0, "has ended: it was killed"},
		"stopped":        {syscall.SIGSTOP, 1, "gave no sign of life for " + silence},
		"first stopped":  {syscall.SIGSTOP, 0, "gave no sign of life for " + silence},
		"asked to end":   {syscall.SIGTERM, 1, "another process of the training was asked to end"},
		"out of the way": {syscall.SIGQUIT, 1, "has ended: it was killed"}, // Go's own way of dying
	} {
		t.Run(name, func(t *testing.T) {
			run := filepath.Join(t.TempDir(), "run")
			p := together(t, 3, append(endless(set), "-o", run)...)
			begun(t, p, run)
			victim := p.commands[c.rank].Process
			victim.Signal(c.signal)
			if c.signal == syscall.SIGSTOP {
				time.AfterFunc(6*time.Second, func() { victim.Signal(syscall.SIGCONT) })
			}
			codes := p.codes(t)
			for rank, code := range codes {
				out := p.outs[rank].String()
				switch {
				case rank == c.rank && c.signal != syscall.SIGSTOP:
				case code != cli.ExitFailure:
					t.Errorf("rank %d exits with %d: %s", rank, code, out)
				case !strings.Contains(out, c.want), c.signal != syscall.SIGTERM && !strings.Contains(out, fmt.Sprintf("rank %d (process %d on ", c.rank, victim.Pid)):
					t.Errorf("rank %d does not name rank %d and %q: %s", rank, c.rank, c.want, out)
				}
			}
			if _, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile)); err != nil {
				t.Error(err)
			}
		})
	}
}

// Processes that cannot train together say why.
func TestProcessesThatDoNotFit(t *testing.T) {
	set := smallSet(t)
	elsewhere := filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		ranks []int // that are started, of two
		other []string
		want  string
	}{
		"one is missing":       {[]int{0}, nil, "of ranks 0 to 1, 1 did not join within " + silence},
		"the first is missing": {[]int{1}, nil, "rank 0 is not reached at 127.0.0.1:"},
		"two of a rank":        {[]int{0, 1, 1}, nil, "two processes say that they are rank 1"},
		"other weights":        {[]int{0, 1}, []string{"--weights", otherWeights(t, set)}, "rank 1 has another file of class weights or of η than rank 0"},
		"another loss":         {[]int{0, 1}, []string{"--loss", "focal"}, "rank 1 has another loss than rank 0"},
		"no data":              {[]int{0, 1}, []string{"--train-images", elsewhere}, elsewhere},
	} {
		t.Run(name, func(t *testing.T) {
			port, run := strconv.Itoa(ranks.FreePort(t)), filepath.Join(t.TempDir(), "run")
			p := &party{}
			if name == "two of a rank" {
				run += "s"
			}
			for _, rank := range c.ranks {
				args := append(endless(set), "-o", run)
				if rank == 1 {
					args = append(args, c.other...)
				}
				size := 2
				if len(c.ranks) == 3 {
					size = 3
				}
				cmd, out := process(t, torchruns(rank, size, port), args...)
				p.commands, p.outs = append(p.commands, cmd), append(p.outs, out)
			}
			for i, code := range p.codes(t) {
				if out := p.outs[i].String(); code != cli.ExitFailure || !strings.Contains(out, c.want) {
					t.Errorf("exit code %d: %s", code, out)
				}
			}
		})
	}
}

// otherWeights makes weights of the same annotations by another rule.
func otherWeights(t *testing.T, set string) string {
	t.Helper()
	counts, err := dataset.Count(context.Background(), []string{filepath.Join(set, "annotations", "instances_train.json")}, annotations.Options{Trainable: true, NoRoots: true})
	if err != nil {
		t.Fatal(err)
	}
	o := weights.DefaultOptions()
	o.Alpha = weights.Alpha{Method: weights.Effective, Beta: weights.DefaultBeta}
	table, err := weights.Build(counts, o)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "weights.arrow")
	if err := codec.WriteFile(path, table); err != nil {
		t.Fatal(err)
	}
	return path
}

// None ends well before the first has written the results.
func TestResultsThatCannotBeWritten(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	p := together(t, 2, shared(smallSet(t), "--epochs", "20", "-o", run)...)
	begun(t, p, run)
	if err := os.MkdirAll(filepath.Join(run, train.DetectionsFile, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	for rank, code := range p.codes(t) {
		if out := p.outs[rank].String(); code != cli.ExitFailure || !strings.Contains(out, train.DetectionsFile) {
			t.Errorf("rank %d exits with %d: %s", rank, code, out)
		}
	}
}

// When several are asked to end, each says so of itself, in training and in
// evaluations; and none has ended before the state is saved.
func TestProcessesThatAreAskedToEnd(t *testing.T) {
	set := smallSet(t)
	for i := range 3 {
		run := filepath.Join(t.TempDir(), "run")
		p := together(t, 2, shared(set, "--batch", "4", "--epochs", "100000", "-o", run)...)
		begun(t, p, run)
		time.Sleep(time.Duration(i) * 17 * time.Millisecond)
		for _, c := range p.commands {
			c.Process.Signal(syscall.SIGTERM)
		}
		for rank, code := range p.codes(t) {
			if out := p.outs[rank].String(); code != cli.ExitTerminated || !strings.Contains(out, "ended by SIGTERM") {
				t.Errorf("rank %d exits with %d: %s", rank, code, out)
			}
		}
	}
}

// A bad image that another process meets is told by the first.
func TestBadImageOfAnotherProcess(t *testing.T) {
	set := smallSet(t)
	images, err := filepath.Glob(filepath.Join(set, "train", "*.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(images[0], []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(t.TempDir(), "run")
	p := together(t, 2, shared(set, "-o", run)...)
	for rank, code := range p.codes(t) {
		if out := p.outs[rank].String(); code != cli.ExitFailure || !strings.Contains(out, filepath.Base(images[0])) {
			t.Errorf("rank %d exits with %d: %s", rank, code, out)
		}
	}
	p = together(t, 2, shared(set, "-o", run+"-skips", "--on-bad-image", "skip")...)
	codes := p.codes(t)
	if slices.Max(codes) != 0 || !strings.Contains(p.outs[0].String(), filepath.Base(images[0])) || p.outs[1].Len() > 0 {
		t.Errorf("exit codes %v: %s", codes, p.outs)
	}
}

// Random processes are killed at random moments: every time the others end, none
// hangs, the last checkpoint is whole, and the run goes on.
func TestRandomKillsOfProcesses(t *testing.T) {
	set := smallSet(t)
	run := filepath.Join(t.TempDir(), "run")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	args := append(endless(set), "--save-every", "1ms", "-o", run)
	for range *randomKills {
		p := together(t, 3, args...)
		time.Sleep(time.Duration(rng.Float64() * 3 * float64(time.Second)))
		victim := rng.IntN(3)
		p.commands[victim].Process.Kill()
		for rank, code := range p.codes(t) {
			if rank != victim && code != cli.ExitFailure {
				t.Errorf("rank %d was killed, and rank %d exits with %d: %s", victim, rank, code, p.outs[rank])
			}
		}
		if _, err := os.Stat(filepath.Join(run, train.ConfigFile)); err == nil {
			args = []string{"--resume", run, "--timeout", silence, "--quiet"}
		}
		if _, err := os.Stat(filepath.Join(run, train.LastFile)); err == nil {
			if _, err := train.LoadCheckpoint(filepath.Join(run, train.LastFile)); err != nil {
				t.Error(err)
			}
		}
	}
}
