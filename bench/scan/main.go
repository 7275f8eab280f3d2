// Command scan measures cocostat analyze against other programs that can count
// the classes of an annotation file, and writes the result as Markdown.
//
// It runs in the root of the repository. Everything it makes lies in
// build/bench and is used again by the next run. Nothing is measured inside
// this process: all times and peaks of memory are those of whole processes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// folder holds what the benchmark makes, relative to the root.
const folder = "build/bench"

// bench is one run of the benchmark.
type bench struct {
	root   string // absolute
	dir    string // folder, absolute
	file   string // the annotation file, absolute; empty: a made one
	scale  float64
	rounds int
}

func main() {
	b := &bench{}
	flag.StringVar(&b.file, "file", "", "annotation `file` to measure with; empty: one is made")
	flag.Float64Var(&b.scale, "scale", 1, "size of the made file, as a fraction of COCO train2017")
	flag.IntVar(&b.rounds, "rounds", 7, "how often quick programs run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := b.run(ctx)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case interrupted:
		fmt.Fprintln(os.Stderr, "bench-scan: interrupted; files that are complete stay in", folder)
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench-scan:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context) error {
	if err := b.check(); err != nil {
		return err
	}
	r := &report{began: time.Now(), machine: thisMachine()}
	tools, err := b.prepareTools(ctx)
	if err != nil {
		return err
	}
	in, err := b.prepareInputs(ctx, tools)
	if err != nil {
		return err
	}
	r.input, r.revision = in, revision(tools.cocostat)
	reference, err := b.reference(ctx, tools.cocostat, in.file)
	if err != nil {
		return err
	}
	r.reference = reference
	r.programs, r.compressed = b.programs(tools, in), b.compressed(tools, in)
	all := append(append([]*program{}, r.programs...), r.compressed...)
	if err := b.measure(ctx, all, reference.counts); err != nil {
		return err
	}
	if r.faults, err = b.findFaults(ctx, r.programs); err != nil {
		return err
	}
	if r.growth, err = b.measureGrowth(ctx, tools, in); err != nil {
		return err
	}
	r.floor = ownPeak()
	text := r.markdown()
	path := filepath.Join(b.dir, "scan.md")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	if _, err := os.Stdout.WriteString(text); err != nil {
		return err
	}
	say("written to %s", path)
	return nil
}

// check completes the settings.
func (b *bench) check() error {
	if !(b.scale > 0 && b.scale <= 100) {
		return fmt.Errorf("-scale %v: must be above 0 and at most 100", b.scale)
	}
	if b.rounds < 1 {
		return fmt.Errorf("-rounds %d: must be at least 1", b.rounds)
	}
	if b.file != "" {
		path, err := filepath.Abs(b.file)
		if err != nil {
			return err
		}
		b.file = path
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(root, "cmd", "cocostat")); err != nil {
		return errors.New("run it in the root of the repository, through make bench-scan")
	}
	b.root, b.dir = root, filepath.Join(root, folder)
	return os.MkdirAll(filepath.Join(b.dir, "bin"), 0o755)
}

// say reports progress.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench-scan: "+format+"\n", args...)
}
