// Command measure measures cocostat against other programs and writes the
// result as Markdown: as scan, cocostat analyze against programs that can count
// the classes of an annotation file, as yolo that of a YOLO dataset; as eval, cocostat eval against libraries
// that evaluate detections; as train, train against PyTorch in Python; as loss,
// the losses of train/torchx against the same in PyTorch; as deform, its
// deformable convolution against torchvision's; as gpu, train on a GPU against the CPU
// and against PyTorch.
//
// It runs in the root of the repository. Everything it makes lies in
// build/bench and is used again by the next run. Nothing is measured inside
// this process: times and peaks of memory are those of whole processes, except
// for loss and deform, which two processes measure inside themselves, in turn.
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

	python string // of yolo: an interpreter that has the peers

	// Of eval.
	detections string // the results file, absolute; empty: a made one
	n          int    // detections of a made one
	largest    int    // of the numbers of detections tried

	// Of train.
	networks, peers  string // names, divided by spaces
	size, batch      int
	threads, workers int
	options          gpuOptions // of gpu
}

func main() {
	b := &bench{}
	run, err := b.parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if err = b.check(); err == nil {
		err = run(ctx)
	}
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case interrupted:
		fmt.Fprintln(os.Stderr, "bench: interrupted; files that are complete stay in", folder)
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// parse reads the command line and returns what to run.
func (b *bench) parse(args []string) (func(context.Context) error, error) {
	if len(args) == 0 {
		return nil, errors.New("the first argument must be scan, yolo, rows, eval, train, predict, loss, deform, gpu or torch")
	}
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	b.scale = 1
	var run func(context.Context) error
	switch args[0] {
	case "scan":
		b.inputFlags(f)
		f.Float64Var(&b.scale, "scale", 1, "size of the made file, as a fraction of COCO train2017")
		run = b.scan
	case "yolo":
		b.inputFlags(f)
		f.Float64Var(&b.scale, "scale", 1, "size of the made dataset, as a fraction of COCO train2017")
		f.StringVar(&b.python, "python", "", "interpreter that has the peers; empty: they are installed into build/bench/yolo, which takes 5 GB")
		run = b.yolo
	case "rows":
		b.inputFlags(f)
		f.Float64Var(&b.scale, "scale", 1, "size of the made file, as a fraction of COCO train2017")
		run = b.rows
	case "eval":
		b.inputFlags(f)
		f.StringVar(&b.detections, "detections", "", "results `file` to measure with; empty: one is made")
		f.IntVar(&b.n, "n", 733070, "detections of the made file")
		f.IntVar(&b.largest, "largest", 10000000, "largest number of detections to show the growth with")
		run = b.eval
	case "train":
		f.StringVar(&b.networks, "networks", usualNetworks, "`names` of what is trained")
		f.StringVar(&b.peers, "peers", "", "newest: PyTorch from PyPI too, which takes 5 GB")
		f.IntVar(&b.size, "size", 256, "side of the square input, pixels")
		f.IntVar(&b.batch, "batch", 4, "images of a step")
		f.IntVar(&b.rounds, "rounds", 2, "how often each program trains")
		f.Float64Var(&b.scale, "scale", 1, "length of an epoch, as a multiple of the usual one")
		f.IntVar(&b.threads, "threads", 2, "threads of the network")
		f.IntVar(&b.workers, "workers", 1, "goroutines, or processes of the peer, that load images")
		run = b.train
	case "predict":
		f.StringVar(&b.networks, "networks", usualNetworks, "`names` of what looks at images")
		f.IntVar(&b.size, "size", 512, "side of the square input, pixels")
		f.IntVar(&b.batch, "batch", 8, "images at a time")
		f.IntVar(&b.rounds, "rounds", 2, "how often each program runs")
		f.Float64Var(&b.scale, "scale", 1, "number of images, as a multiple of 4 batches")
		f.IntVar(&b.threads, "threads", 2, "threads of the network")
		f.IntVar(&b.workers, "workers", 1, "goroutines, or processes of the peer, that load images")
		run = b.predict
	case "gpu":
		f.StringVar(&b.options.device, "device", "cuda", "`device` to measure; cpu tries the benchmark itself")
		f.StringVar(&b.networks, "networks", "mobilenet_v2 resnet18 dla34", "`names` of what is trained")
		f.IntVar(&b.size, "size", 512, "side of the square input, pixels")
		f.StringVar(&b.options.batches, "batches", "32 128", "images of a step: `numbers`")
		f.StringVar(&b.options.precisions, "precisions", "float32 tf32 bfloat16", "`names` of what convolutions multiply")
		f.IntVar(&b.rounds, "rounds", 2, "how often each program trains")
		f.Float64Var(&b.scale, "scale", 4, "length of an epoch, as a multiple of 4 steps")
		f.IntVar(&b.threads, "threads", 8, "threads of what is computed on the CPU")
		f.IntVar(&b.workers, "workers", 8, "goroutines, or processes of the peer, that load images")
		run = b.gpu
	case "torch":
		b.rounds = 1
		run = b.printTorch
	case "loss":
		f.IntVar(&b.rounds, "rounds", 7, "how often each loss is computed")
		run = b.loss
	case "deform":
		f.IntVar(&b.rounds, "rounds", 5, "how often each convolution is computed")
		run = b.deform
	default:
		return nil, fmt.Errorf("unknown benchmark %q: want scan, yolo, rows, eval, train, predict, loss, deform, gpu or torch", args[0])
	}
	if err := f.Parse(args[1:]); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return run, nil
}

// inputFlags adds what scan and eval have in common.
func (b *bench) inputFlags(f *flag.FlagSet) {
	f.StringVar(&b.file, "file", "", "annotation `file` to measure with; empty: one is made")
	f.IntVar(&b.rounds, "rounds", 7, "how often quick programs run")
}

// check completes the settings.
func (b *bench) check() error {
	if !(b.scale > 0 && b.scale <= 100) {
		return fmt.Errorf("-scale %v: must be above 0 and at most 100", b.scale)
	}
	if b.rounds < 1 {
		return fmt.Errorf("-rounds %d: must be at least 1", b.rounds)
	}
	if b.threads < 0 || b.workers < 0 {
		return errors.New("-threads and -workers: must not be negative")
	}
	for _, file := range []*string{&b.file, &b.detections} {
		if *file == "" {
			continue
		}
		path, err := filepath.Abs(*file)
		if err != nil {
			return err
		}
		*file = path
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(root, "cmd", "cocostat")); err != nil {
		return errors.New("run it in the root of the repository, through make bench-scan, bench-rows, bench-eval, bench-train, bench-predict, bench-loss, bench-deform or bench-gpu")
	}
	b.root, b.dir = root, filepath.Join(root, folder)
	return os.MkdirAll(filepath.Join(b.dir, "bin"), 0o755)
}

// publish writes a report to a file in the folder and to standard output.
func (b *bench) publish(name, text string) error {
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	if _, err := os.Stdout.WriteString(text); err != nil {
		return err
	}
	say("written to %s", path)
	return nil
}

// say reports progress.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}
