//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"cocostat/internal/atomicfile"
	"cocostat/internal/cli"
)

// The test binary is a command, in a process of its own, where the variable
// says how long it may take to stop.
const asCommand = "COCOSTAT_TEST_PATIENCE"

func TestMain(m *testing.M) {
	if text := os.Getenv(asCommand); text != "" {
		patience, err := time.ParseDuration(text)
		if err != nil {
			panic(err)
		}
		cli.Main(tool, patience)
	}
	os.Exit(m.Run())
}

var kept [][]byte

// tool is a command with subcommands that behave in all sorts of ways.
func tool(s cli.Streams) *cobra.Command {
	root := &cobra.Command{Use: "tool"}
	for name, run := range map[string]func(context.Context, []string) error{
		"listening": func(ctx context.Context, _ []string) error { <-ctx.Done(); return ctx.Err() },
		"caused": func(ctx context.Context, _ []string) error { // as libraries that tell the cause
			<-ctx.Done()
			if cause := context.Cause(ctx); errors.Is(cause, ctx.Err()) {
				return cause
			}
			return errors.New("another cause")
		},
		"reading": func(context.Context, []string) error { _, err := io.ReadAll(s.In); return err },
		"deaf": func(_ context.Context, args []string) error { // counts while it writes a file
			return atomicfile.Write(args[0], func(io.Writer) error {
				for n := uint64(1); n > 0; n++ { // for centuries
				}
				return nil
			})
		},
		"printing": func(context.Context, []string) error { _, err := fmt.Fprintln(s.Out, "result"); return err },
		"careless": func(context.Context, []string) error { fmt.Fprintln(s.Out, "result"); return nil },
		"verdict":  func(context.Context, []string) error { fmt.Fprintln(s.Out, "result"); return cli.Exit(cli.ExitErrors) },
		"greedy": func(ctx context.Context, _ []string) error { // a little memory at a time, without end
			for ctx.Err() == nil {
				kept = append(kept, make([]byte, 1<<20))
				time.Sleep(time.Millisecond)
			}
			return nil
		},
		"silent": func(context.Context, []string) error { return nil },
		"noisy":  func(context.Context, []string) error { fmt.Fprintln(s.Err, "note"); return nil },
	} {
		root.AddCommand(&cobra.Command{Use: name, RunE: func(cmd *cobra.Command, args []string) error {
			fmt.Fprintln(s.Err, "begins")
			return run(cmd.Context(), args)
		}})
	}
	return root
}

// errorStream is what a process says, and a place to wait for its first line.
type errorStream struct {
	text  bytes.Buffer
	begun chan bool
}

func (e *errorStream) Write(p []byte) (int, error) {
	if e.text.Len() == 0 {
		close(e.begun)
	}
	return e.text.Write(p)
}

// run runs the tool and sends it signals once it has begun.
func run(t *testing.T, patience time.Duration, signals []syscall.Signal, args ...string) (code int, says string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a hang
	defer cancel()
	errs := &errorStream{begun: make(chan bool)}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(os.Environ(), asCommand+"="+patience.String())
	cmd.Stderr = errs
	in, err := cmd.StdinPipe() // from which nothing comes
	if err != nil || cmd.Start() != nil {
		t.Fatal("cannot start the tool")
	}
	defer in.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-errs.begun:
	case err := <-ended:
		t.Fatalf("the tool has ended: %v", err)
	}
	for i, s := range signals {
		if i > 0 { // else the system makes one of two that are alike
			time.Sleep(100 * time.Millisecond)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	<-ended
	return cmd.ProcessState.ExitCode(), strings.TrimPrefix(errs.text.String(), "begins\n")
}

// 128 and the number of the signal, which are 1, 2 and 15, are what a shell
// shows of a process that a signal ended.
func TestSignals(t *testing.T) {
	const patient, impatient = time.Hour, time.Millisecond
	one := func(s syscall.Signal) []syscall.Signal { return []syscall.Signal{s} }
	for _, c := range []struct {
		command  string
		patience time.Duration
		signals  []syscall.Signal
		code     int
		says     string
	}{
		{"listening", patient, one(syscall.SIGINT), 130, "tool: interrupted\n"},
		{"listening", patient, one(syscall.SIGTERM), 143, "tool: ended by SIGTERM\n"},
		{"listening", patient, one(syscall.SIGHUP), 129, "tool: ended by SIGHUP: the terminal is gone\n"},
		{"caused", patient, one(syscall.SIGTERM), 143, "tool: ended by SIGTERM\n"},
		{"reading", patient, []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, 130, ": interrupted, at once\n"},
		{"reading", 0, []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}, 130, ": interrupted, at once\n"},
		{"reading", impatient, one(syscall.SIGTERM), 143, ": ended by SIGTERM, at once\n"},
		{"deaf", patient, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, 143, ": ended by SIGTERM, at once\n"},
		{"deaf", impatient, one(syscall.SIGHUP), 129, ": ended by SIGHUP: the terminal is gone, at once\n"},
	} {
		if slices.ContainsFunc(c.signals, func(s syscall.Signal) bool { return signal.Ignored(s) }) {
			continue // the tests run under nohup
		}
		dir := t.TempDir()
		code, says := run(t, c.patience, c.signals, c.command, filepath.Join(dir, "out"))
		if code != c.code || !strings.HasSuffix(says, c.says) {
			t.Errorf("%s, %v: exit %d, %q; want %d, %q", c.command, c.signals, code, says, c.code, c.says)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s, %v: left %v, %v", c.command, c.signals, left, err)
		}
	}
}

// A process under nohup, which ignores SIGHUP, does not hear it.
func TestNohup(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const script = `trap '' HUP; "$0" listening & sleep 0.3; kill -HUP $!; sleep 0.1; kill -TERM $!; wait $!`
	cmd := exec.Command("sh", "-c", script, exe)
	cmd.Env = append(os.Environ(), asCommand+"=1h")
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitTerminated {
		t.Errorf("exit %d: %s", code, out)
	}
}

// What standard output does not take is lost, and no command may pass over it.
func TestStandardOutput(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const (
		closed = "tool: cannot write to standard output: it is closed; > /dev/null if nobody is to read it\n"
		full   = "tool: cannot write to standard output: no space left on device\n"
	)
	for _, c := range []struct {
		script string // "$0" is the tool
		code   int
		says   string
	}{
		{`"$0" printing >&-`, 1, closed},
		{`"$0" careless >&-`, 1, closed},
		{`"$0" verdict >&-`, 1, closed},
		{`"$0" silent >&-`, 0, ""},
		{`"$0" --help >&-`, 1, closed},
		{`"$0" printing > /dev/full`, 1, full},
		{`"$0" careless > /dev/full`, 1, full},
		{`"$0" --help > /dev/full`, 1, full},
		{`"$0" printing > /dev/null`, 0, ""},
		{`"$0" printing 1<> /dev/null`, 0, ""}, // as other programs open it
		{`"$0" verdict > /dev/null`, 4, ""},
		{`{ sleep 0.3; "$0" printing; echo $? >&2; } | true`, 0, "141\n"},
		{`{ sleep 0.3; "$0" careless; echo $? >&2; } | true`, 0, "141\n"},
		{`{ sleep 0.3; "$0" noisy 2>&1; echo $? >&2; } | true`, 0, "0\n"}, // notes alone are lost
		{`"$0" noisy 2>&-`, 0, ""},
	} {
		if c.says == closed && !cli.KnowsClosed {
			continue // built without cgo
		}
		cmd := exec.Command("sh", "-c", c.script, exe)
		cmd.Env = append(os.Environ(), asCommand+"=1h")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		cmd.Run()
		says := strings.TrimPrefix(errs.String(), "begins\n")
		if code := cmd.ProcessState.ExitCode(); code != c.code || says != c.says {
			t.Errorf("%s: exit %d, %q; want %d, %q", c.script, code, says, c.code, c.says)
		}
	}
}

// A limit on virtual memory ends with a sentence, not with a dump: one that is
// too small to begin with, and one that is used up bit by bit.
func TestMemoryLimit(t *testing.T) {
	if !cli.KnowsClosed || runtime.GOOS != "linux" {
		t.Skip("without cgo, nothing runs before Go's runtime")
	}
	if raced {
		t.Skip("the race detector maps more than any limit")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		command string
		mb      int
		code    int
		says    string
	}{
		{"silent", 100, 1, ": the limit on virtual memory (ulimit -v) is 100 MB, and 1500 MB are needed to begin"},
		{"silent", 1000, 1, "1500 MB are needed to begin"},
		{"silent", 1600, 0, "begins\n"},
		{"greedy", 1700, 1, ": out of memory: the limit on virtual memory (ulimit -v) is 1700 MB, and "},
	} {
		cmd := exec.Command("sh", "-c", fmt.Sprintf(`ulimit -v %d; exec "$0" %s`, c.mb*1000000/1024+1, c.command), exe)
		cmd.Env = append(os.Environ(), asCommand+"=1h")
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.says) || strings.Contains(string(out), "goroutine") {
			t.Errorf("%s with %d MB: exit %d, %.300s; want %d, %q", c.command, c.mb, code, out, c.code, c.says)
		}
	}
}
