package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// longest is how long one process may take.
const longest = 15 * time.Minute

// process is a program to run. Standard input and output are /dev/null unless
// said otherwise.
type process struct {
	args   []string
	env    []string // added to the environment
	dir    string
	feed   []string // a program whose output is the standard input
	output bool     // keep standard output
	into   string   // a file that takes standard output
	all    bool     // watch the memory of all processes that it starts
}

// measured is what one run of a process took.
type measured struct {
	wall, cpu time.Duration
	peak      int64 // resident memory of the process itself at its highest, bytes
	all       int64 // that of all processes together, if they were watched
	output    []byte
}

// run runs the process. It is killed with all its children when ctx ends. The
// error of a process that failed ends with the last line that it wrote to
// standard error.
func (p process) run(ctx context.Context) (measured, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	cmd := p.command(ctx, p.args)
	var out bytes.Buffer
	switch {
	case p.output:
		cmd.Stdout = &out
	case p.into != "":
		f, err := os.Create(p.into)
		if err != nil {
			return measured{}, err
		}
		defer f.Close()
		cmd.Stdout = f
	}
	finish := func() error { return nil }
	if p.feed != nil {
		var err error
		if finish, err = p.startFeed(ctx, cmd); err != nil {
			return measured{}, err
		}
	}
	began := time.Now()
	all, err := p.wait(cmd)
	m := measured{wall: time.Since(began), all: all, output: out.Bytes()}
	if feedErr := finish(); err == nil && feedErr != nil {
		err = feedErr
	} else if err != nil {
		err = explain(ctx, err, cmd)
	}
	if cmd.ProcessState != nil {
		m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		m.peak = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * 1024
	}
	return m, err
}

// wait runs cmd to its end, and watches its memory if asked to.
func (p process) wait(cmd *exec.Cmd) (all int64, err error) {
	if !p.all {
		return 0, cmd.Run()
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	stop, peak := make(chan struct{}), make(chan int64)
	go watchGroup(cmd.Process.Pid, stop, peak)
	err = cmd.Wait()
	close(stop)
	return <-peak, err
}

// command returns a command in a process group of its own, so that what it
// starts ends with it.
func (p process) command(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Dir = p.dir
	cmd.Stderr = &tail{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// startFeed starts the program that feeds cmd. The function that it returns
// waits for its end.
func (p process) startFeed(ctx context.Context, cmd *exec.Cmd) (func() error, error) {
	from, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	feed := p.command(ctx, p.feed)
	feed.Stdout = to
	err = feed.Start()
	to.Close()
	if err != nil {
		from.Close()
		return nil, err
	}
	cmd.Stdin = from
	return func() error {
		from.Close()
		if err := feed.Wait(); err != nil {
			return explain(ctx, err, feed)
		}
		return nil
	}, nil
}

// explain says why a process failed.
func explain(ctx context.Context, err error, cmd *exec.Cmd) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("took longer than %v", longest)
	}
	if t, ok := cmd.Stderr.(*tail); ok && t.last() != "" {
		return fmt.Errorf("%w: %s", err, t.last())
	}
	return err
}

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if n := len(t.b); n > 4096 {
		t.b = append(t.b[:0], t.b[n-4096:]...)
	}
	return len(p), nil
}

// last returns the last line that says something.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(string(t.b)), "\n")
	line := strings.TrimSpace(lines[len(lines)-1])
	if len(line) > 160 {
		line = line[:160] + "…"
	}
	return line
}

// ownPeak returns the resident memory of this process at its highest, bytes.
func ownPeak() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss * 1024
}
