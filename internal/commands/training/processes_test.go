package training

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cocostat/internal/cli"
	"cocostat/internal/ranks"
	"cocostat/internal/safetensors"
	"cocostat/train"
)

// party are processes of the train command that train together.
type party struct {
	commands []*exec.Cmd
	outs     []*bytes.Buffer
}

// torchruns are torchrun's variables of a process.
func torchruns(rank, size int, port string) []string {
	return []string{
		"RANK=" + strconv.Itoa(rank), "LOCAL_RANK=" + strconv.Itoa(rank), "WORLD_SIZE=" + strconv.Itoa(size),
		"MASTER_ADDR=127.0.0.1", "MASTER_PORT=" + port,
	}
}

// together starts n processes.
func together(t *testing.T, n int, args ...string) *party {
	t.Helper()
	p, port := &party{}, strconv.Itoa(ranks.FreePort(t))
	for rank := range n {
		cmd, out := process(t, torchruns(rank, n, port), args...)
		p.commands, p.outs = append(p.commands, cmd), append(p.outs, out)
	}
	t.Cleanup(func() {
		for _, c := range p.commands {
			c.Process.Kill()
		}
	})
	return p
}

// codes waits for all processes and returns how they exited; -1 is by a signal.
func (p *party) codes(t *testing.T) (codes []int) {
	t.Helper()
	for rank, c := range p.commands {
		done := make(chan struct{})
		go func() { c.Wait(); close(done) }()
		select {
		case <-done:
			codes = append(codes, c.ProcessState.ExitCode())
		case <-time.After(2 * time.Minute):
			c.Process.Signal(syscall.SIGQUIT)
			<-done
			t.Fatalf("rank %d does not end:\n%s", rank, p.outs[rank])
		}
	}
	return codes
}

// mustTogether trains in n processes.
func mustTogether(t *testing.T, n int, args ...string) {
	t.Helper()
	p := together(t, n, args...)
	if codes := p.codes(t); slices.Max(codes) != 0 || slices.Min(codes) != 0 {
		t.Fatalf("exit codes %v:\n%s", codes, p.outs)
	}
	for rank, out := range p.outs[1:] {
		if out.Len() > 0 {
			t.Errorf("rank %d said %q", rank+1, out)
		}
	}
}

// shared are flags of a training whose steps are three batches.
func shared(set string, more ...string) []string {
	return append([]string{
		set, "--size", "64", "--width", "0.25", "--neck", "8,8,8", "--head-channels", "8", "--batch", "2", "--accumulate", "3", "--epochs", "2", "--eval-every", "1", "--quiet",
		"--threads", "1", "--workers", "1",
	}, more...)
}

func numbersOf(t *testing.T, run string) map[string][]float32 {
	t.Helper()
	f, err := safetensors.ReadFile(filepath.Join(run, train.LastFile))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float32{}
	for _, tensor := range f.Tensors {
		all[tensor.Name] = tensor.Data
	}
	return all
}

// A step in several processes is that of one that takes the batches in turn: SGD
// at a rate of 1 turns the first step's gradients into differences of parameters.
// Of three batches two processes have two and one.
func TestProcessesTrainAsOne(t *testing.T) {
	dir := t.TempDir()
	set := smallSet(t)
	for _, network := range [][]string{nil, {"--detector", "fcos", "--neck", "", "--head-channels", ""}} {
		flags := shared(set, "--optimiser", "sgd", "--momentum", "0", "--lr", "1", "--warmup", "0", "--weight-decay", "0", "--epochs", "1", "--batch", "4", "--loss", "focal", "--seed", "3")
		if network != nil {
			flags = []string{set, "--detector", "fcos", "--width", "0.25", "--fpn-channels", "32", "--size", "64", "--threads", "1", "--batch", "4", "--accumulate", "3", "--epochs", "1", "--quiet",
				"--momentum", "0", "--lr", "1", "--warmup", "0", "--weight-decay", "0", "--bias-rate", "0", "--loss", "focal"}
		}
		one := filepath.Join(dir, fmt.Sprint("one", len(network)))
		if code, _, errs := run(t, context.Background(), append(flags, "-o", one)...); code != 0 {
			t.Fatal(errs)
		}
		want := numbersOf(t, one)
		for _, n := range []int{2, 3} {
			many := filepath.Join(dir, fmt.Sprint(n, len(network)))
			mustTogether(t, n, append(flags, "-o", many)...)
			for name, got := range numbersOf(t, many) {
				closeTo(t, fmt.Sprintf("%d processes: %s", n, name), got, want[name], 1e-6)
			}
		}
	}
}

// closeTo compares numbers to a part of the largest one.
func closeTo(t *testing.T, name string, got, want []float32, part float64) {
	t.Helper()
	worst, most := 0.0, largest(want)
	for i, w := range want {
		worst = max(worst, math.Abs(float64(w)-float64(got[i])))
	}
	if !(worst <= part*most) || len(got) != len(want) {
		t.Errorf("%s: %g away, the largest number is %g", name, worst, most)
	}
}

// largest returns the largest of numbers without their signs.
func largest(numbers []float32) (most float64) {
	for _, v := range numbers {
		most = max(most, math.Abs(float64(v)))
	}
	return most
}

// The gradient of a step is the mean of its batches': at a rate at which the
// parameters hardly move, two steps of one batch go twice as far as one of two.
func TestAccumulatedGradientsAreMeans(t *testing.T) {
	dir, set := t.TempDir(), smallSet(t)
	ends := map[string]map[string][]float32{}
	losses := map[string]float64{}
	for name, c := range map[string][2]string{"start": {"1", "1e-30"}, "one by one": {"1", "3e-4"}, "accumulated": {"2", "3e-4"}} {
		out := filepath.Join(dir, name)
		flags := append(shared(set, "--optimiser", "sgd", "--momentum", "0", "--lr", c[1], "--warmup", "0", "--lr-schedule", "step", "--lr-drops", "1", "--weight-decay", "0", "--loss", "focal", "--augment", "none"),
			"--accumulate", c[0], "--batch", "6", "--epochs", "2", "-o", out)
		if code, _, errs := run(t, context.Background(), flags...); code != 0 {
			t.Fatal(errs)
		}
		ends[name] = numbersOf(t, out)
		losses[name] = firstLoss(t, out)
	}
	compared := 0
	for name, start := range ends["start"] {
		if strings.Contains(name, "running") || strings.HasPrefix(name, "sgd") {
			continue
		}
		far, near := make([]float32, len(start)), make([]float32, len(start))
		for i, p := range start {
			far[i], near[i] = ends["one by one"][name][i]-p, 2*(ends["accumulated"][name][i]-p)
		}
		if largest(far) > 1e-5 { // far beyond rounding
			compared++
			closeTo(t, name, near, far, 0.05)
		}
	}
	if compared < 5 {
		t.Errorf("only %d tensors have moved", compared)
	}
	if a, b := losses["start"], losses["accumulated"]; math.Abs(a-b) > 1e-5*a {
		t.Errorf("the loss of a step is %g, and %g on average of its batches", b, a)
	}
}

// firstLoss is that of the first epoch.
func firstLoss(t *testing.T, run string) float64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(run, train.MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Loss float64 }
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m.Loss
}

// A run goes on in the same processes bit for bit, and in another number of them
// with the same images: what it says then differs by rounding alone.
func TestProcessesGoOn(t *testing.T) {
	dir, set := t.TempDir(), smallSet(t)
	flags := shared(set, "--epochs", "4", "--ema", "0.9", "--optimiser", "sgd", "--lr", "2e-3") // Adam and large steps enlarge rounding
	whole := filepath.Join(dir, "whole")
	mustTogether(t, 2, append(flags, "-o", whole)...)
	for _, n := range []int{2, 1, 3} {
		run := filepath.Join(dir, fmt.Sprint("part", n))
		p := together(t, 2, append(flags, "-o", run)...)
		begun(t, p, run)
		p.commands[1].Process.Signal(os.Interrupt)
		codes := p.codes(t)
		if codes[1] != cli.ExitInterrupted || codes[0] != cli.ExitFailure || !strings.Contains(p.outs[0].String(), "--resume "+run) {
			t.Errorf("exit codes %v; rank 0 says %s", codes, p.outs[0])
		}
		if n == 2 {
			p = together(t, 4, "--resume", run)
			if codes := p.codes(t); slices.Min(codes) != cli.ExitFailure || !strings.Contains(p.outs[0].String(), "a step of 3 batches cannot be shared by 4 processes: start fewer") {
				t.Errorf("exit codes %v of four processes: %s", codes, p.outs)
			}
		}
		if n == 1 {
			cmd, out := process(t, nil, "--resume", run)
			p = &party{commands: []*exec.Cmd{cmd}, outs: []*bytes.Buffer{out}}
		} else {
			p = together(t, n, "--resume", run)
		}
		if codes := p.codes(t); slices.Max(codes) != 0 {
			t.Fatalf("exit codes %v: %s", codes, p.outs)
		}
		part := 0.0
		if n != 2 {
			part = 1e-2
			if !strings.Contains(p.outs[0].String(), fmt.Sprintf("goes on in %d processes, and was stopped in 2", n)) {
				t.Errorf("nothing is said of the other number of processes: %s", p.outs[0])
			}
		}
		want := numbersOf(t, whole)
		for name, got := range numbersOf(t, run) {
			if n != 2 && largest(want[name]) < 1e-5 { // 0 but for rounding, such as a bias before a normalisation
				continue
			}
			closeTo(t, fmt.Sprintf("goes on in %d: %s", n, name), got, want[name], part)
		}
	}
}

// The validation set is divided, and what is found is what one process finds, byte
// for byte.
func TestDetectionsOfProcesses(t *testing.T) {
	dir, set := t.TempDir(), smallSet(t)
	for _, size := range []string{"fixed", "keep"} {
		run := filepath.Join(dir, size)
		flags := shared(set, "--test-size", size, "--val", filepath.Join(set, "annotations", "instances_train.json"), "--val-images", filepath.Join(set, "train"))
		mustTogether(t, 3, append(flags, "-o", run)...)
		again := filepath.Join(dir, "again-"+size)
		if code, _, errs := runWith(context.Background(), "eval", "--checkpoint", filepath.Join(run, train.LastFile), "--threads", "1", "-o", again); code != 0 {
			t.Fatal(errs)
		}
		var all [2][]byte
		for i, dir := range []string{run, again} {
			var err error
			if all[i], err = os.ReadFile(filepath.Join(dir, train.DetectionsFile)); err != nil {
				t.Fatal(err)
			}
		}
		if len(all[0]) < 1000 || !bytes.Equal(all[0], all[1]) {
			t.Errorf("%s: the detections of three processes are not those of one (%d and %d bytes)", size, len(all[0]), len(all[1]))
		}
	}
}

// Processes on two hosts, as far as network namespaces make them: with addresses
// of their own, and no loopback in common.
func TestProcessesOnTwoHosts(t *testing.T) {
	hosts := []string{fmt.Sprint("cocoa", os.Getpid()), fmt.Sprint("cocob", os.Getpid())}
	ip := func(args ...string) error {
		out, err := exec.Command("ip", args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	t.Cleanup(func() {
		for _, h := range hosts {
			ip("netns", "del", h)
		}
	})
	for _, h := range hosts {
		if err := ip("netns", "add", h); err != nil {
			t.Skipf("no network namespaces here: %v", err)
		}
	}
	cable := [2]string{fmt.Sprint("va", os.Getpid()), fmt.Sprint("vb", os.Getpid())}
	if err := ip("link", "add", cable[0], "type", "veth", "peer", "name", cable[1]); err != nil {
		t.Skipf("no network namespaces here: %v", err)
	}
	for i, h := range hosts {
		for _, args := range [][]string{
			{"link", "set", cable[i], "netns", h},
			{"-n", h, "addr", "add", fmt.Sprintf("10.11.12.%d/24", i+1), "dev", cable[i]},
			{"-n", h, "link", "set", cable[i], "up"},
			{"-n", h, "link", "set", "lo", "up"},
		} {
			if err := ip(args...); err != nil {
				t.Fatal(err)
			}
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	set, out := smallSet(t), filepath.Join(t.TempDir(), "run")
	p := &party{}
	for rank := range 3 { // two on the first host
		args := append([]string{"netns", "exec", hosts[rank/2], exe}, shared(set, "-o", out)...)
		cmd := exec.Command("ip", args...)
		cmd.Env = append(append(os.Environ(), asCommand+"=1"), append(torchruns(rank, 3, "29500"), "MASTER_ADDR=10.11.12.1")...)
		var text bytes.Buffer
		cmd.Stdout, cmd.Stderr = &text, &text
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		p.commands, p.outs = append(p.commands, cmd), append(p.outs, &text)
	}
	if codes := p.codes(t); slices.Max(codes) != 0 || len(numbersOf(t, out)) == 0 {
		t.Errorf("exit codes %v: %s", codes, p.outs)
	}
}

func TestCommandsThatWorkAlone(t *testing.T) {
	for name, value := range map[string]string{"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "29500"} {
		t.Setenv(name, value)
	}
	for _, args := range [][]string{{"eval", "--checkpoint", "a"}, {"predict", "--checkpoint", "a", "b"}, {"reproduce", "table1", "--data", "a"}} {
		if code, _, errs := run(t, context.Background(), args...); code != cli.ExitUsage || !strings.Contains(errs, "there are 2 processes") {
			t.Errorf("%v: exit code %d, %s", args, code, errs)
		}
	}
}
