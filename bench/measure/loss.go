package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// lossNames are the losses that are measured, as in the table.
var lossNames = []struct{ name, meaning string }{
	{"focal", "focal loss"},
	{"BOFL", "BOFL: class-wise weights"},
	{"CBL", "CBL: location-wise weights"},
	{"EQL", "EQL"},
	{"cross-entropy", "sigmoid cross entropy"},
}

// lossRow is what was measured of one loss.
type lossRow struct {
	ours, eager []float64  // milliseconds, round by round
	value       float64    // by the reference
	off         [4]float64 // ours: loss, gradient; eager: loss, gradient
}

// loss measures the losses of train/torchx against the same in PyTorch.
func (b *bench) loss(ctx context.Context) error {
	r := &lossReport{began: time.Now(), machine: thisMachine(), rows: make([]lossRow, len(lossNames))}
	server := filepath.Join(b.dir, "bin", "loss")
	say("building")
	if err := b.build(ctx, server, filepath.Join(b.root, "bench"), "./loss", "CGO_ENABLED=1"); err != nil {
		return err
	}
	r.revision = revision(server)
	if err := b.needTorch(ctx); err != nil {
		return err
	}
	batch := filepath.Join(b.dir, "loss")
	if _, err := (process{args: []string{server, "make", batch}}).run(ctx); err != nil {
		return err
	}
	ours, err := converse(ctx, server, "serve", batch)
	if err != nil {
		return err
	}
	defer ours.end()
	eager, err := converse(ctx, systemPython, "-B", filepath.Join(b.root, "bench", "python", "loss.py"), batch)
	if err != nil {
		return err
	}
	defer eager.end()
	if err := r.fill(ours, eager, filepath.Join(batch, "eager.bin"), b.rounds); err != nil {
		return errors.Join(err, ctx.Err())
	}
	return b.publish("loss.md", r.markdown())
}

// fill asks both programs in turn.
func (r *lossReport) fill(ours, eager *conversation, file string, rounds int) error {
	var err error
	if r.ours, err = ours.ask("about"); err != nil {
		return err
	}
	if r.eager, err = eager.ask("about"); err != nil {
		return err
	}
	for i, l := range lossNames {
		say("%s: equality", l.name)
		if err := r.rows[i].check(ours, eager, l.name, file); err != nil {
			return err
		}
	}
	for round := range rounds {
		for i, l := range lossNames {
			row := &r.rows[i]
			if err := errors.Join(ours.time(l.name, &row.ours), eager.time(l.name, &row.eager)); err != nil {
				return err
			}
			say("round %d of %d: %s: %.1f ms, PyTorch %.0f ms", round+1, rounds, l.name, row.ours[round], row.eager[round])
		}
	}
	return nil
}

// check has the eager result written and compared. It warms both programs up as
// well; the memory of the fast one takes a few more rounds to settle.
func (row *lossRow) check(ours, eager *conversation, name, file string) error {
	if _, err := eager.ask("save " + name + " " + file); err != nil {
		return err
	}
	answer, err := ours.ask("check " + name + " " + file)
	if err != nil {
		return err
	}
	for range 3 {
		if _, err := ours.ask("run " + name); err != nil {
			return err
		}
	}
	_, err = fmt.Sscan(answer, &row.value, &row.off[0], &row.off[1], &row.off[2], &row.off[3])
	return err
}

// conversation is a program that answers each line with a line.
type conversation struct {
	name string
	cmd  *exec.Cmd
	to   io.WriteCloser
	from *bufio.Reader
}

func converse(ctx context.Context, args ...string) (*conversation, error) {
	c := &conversation{name: filepath.Base(args[0]), cmd: process{}.command(ctx, args)}
	var err error
	if c.to, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.from = bufio.NewReader(out)
	return c, c.cmd.Start()
}

func (c *conversation) ask(line string) (string, error) {
	if _, err := io.WriteString(c.to, line+"\n"); err != nil {
		return "", c.failed(err)
	}
	answer, err := c.from.ReadString('\n')
	if err != nil {
		return "", c.failed(err)
	}
	return strings.TrimSpace(answer), nil
}

// time has the program run a loss and appends its milliseconds.
func (c *conversation) time(name string, to *[]float64) error {
	answer, err := c.ask("run " + name)
	if err != nil {
		return err
	}
	ms, err := strconv.ParseFloat(answer, 64)
	*to = append(*to, ms)
	return err
}

// failed adds what the program wrote to standard error before it ended.
func (c *conversation) failed(err error) error {
	c.end()
	return fmt.Errorf("%s: %w: %s", c.name, err, c.cmd.Stderr.(*tail).last())
}

func (c *conversation) end() {
	c.to.Close()
	_ = c.cmd.Wait() // its failure shows in an answer that is missing
}

// lossReport is what the benchmark of the losses found.
type lossReport struct {
	began       time.Time
	machine     machine
	revision    string
	ours, eager string // what the programs say of themselves
	rows        []lossRow
}

func (r *lossReport) markdown() string {
	var b strings.Builder
	table(&b, [][2]string{
		{"date", r.began.Format("2 January 2006")},
		{"machine", r.machine.String()},
		{"train/torchx", r.revision + "; kernel and libtorch: " + r.ours},
		{"PyTorch", r.eager},
		{"logits", "16×80×128×128, 2 threads, forward and backward"},
	})
	b.WriteString("\n| loss | torchx ms | fastest – slowest | PyTorch ms | fastest – slowest | PyTorch ÷ torchx | rounds | value | torchx: loss off | gradient off | PyTorch: loss off | gradient off |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for i, row := range r.rows {
		ours, eager := slices.Sorted(slices.Values(row.ours)), slices.Sorted(slices.Values(row.eager))
		fmt.Fprintf(&b, "| %s | %.1f | %.1f – %.1f | %.0f | %.0f – %.0f | %.0f | %d | %.6g | %.1g | %.1g | %.1g | %.1g |\n",
			lossNames[i].meaning, centre(ours), ours[0], ours[len(ours)-1], centre(eager), eager[0], eager[len(eager)-1],
			centre(eager)/centre(ours), len(ours), row.value, row.off[0], row.off[1], row.off[2], row.off[3])
	}
	return b.String()
}

// centre is the median of ascending numbers.
func centre(v []float64) float64 { return (v[(len(v)-1)/2] + v[len(v)/2]) / 2 }
