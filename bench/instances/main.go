// Command instances writes the input of the scanner's benchmark: an annotation
// file like COCO's instances_train2017.json, several copies of a file as one, and a
// file as a YOLO dataset.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const usage = `usage: instances make   [-scale 1] [-seed 1] > FILE.json
       instances copies [-n 4] [-first 0] [-repeat all|images|annotations] FILE.json > COPIES.json
       instances yolo   -o FOLDER FILE.json

make writes a file of the size, key order, spacing and class counts of COCO's
instances_train2017.json. copies writes N copies of an annotation file as one,
with ids of images and annotations that differ from copy to copy; -repeat
images writes the annotations once, -repeat annotations writes the images once
and repeats the annotations of the same images under new ids. yolo writes a
folder with data.yaml, labels and images of one grey.
`

func main() {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	err := run(os.Args[1:], out)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "instances:", err)
		if errors.Is(err, errUsage) {
			fmt.Fprint(os.Stderr, usage)
			os.Exit(2)
		}
		os.Exit(1)
	}
}

var errUsage = errors.New("wrong arguments")

func run(args []string, out *bufio.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.SetOutput(io.Discard)
	switch args[0] {
	case "make":
		scale, seed := f.Float64("scale", 1, ""), f.Uint64("seed", 1, "")
		if err := f.Parse(args[1:]); err != nil || f.NArg() != 0 || !(*scale > 0 && *scale <= 100) {
			return fmt.Errorf("make: %w; the scale is above 0 and at most 100", errUsage)
		}
		return generate(out, *scale, *seed)
	case "copies":
		n, first := f.Int("n", 4, ""), f.Int("first", 0, "")
		repeat := f.String("repeat", "all", "")
		if err := f.Parse(args[1:]); err != nil || f.NArg() != 1 || *n < 1 || *first < 0 {
			return fmt.Errorf("copies: %w", errUsage)
		}
		data, err := os.ReadFile(f.Arg(0))
		if err != nil {
			return err
		}
		d, err := index(data)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Arg(0), err)
		}
		return d.copies(out, *first, *n, *repeat)
	case "yolo":
		folder := f.String("o", "", "")
		if err := f.Parse(args[1:]); err != nil || f.NArg() != 1 || *folder == "" {
			return fmt.Errorf("yolo: %w", errUsage)
		}
		return yolo(context.Background(), f.Arg(0), *folder)
	}
	return fmt.Errorf("%w: unknown command %q", errUsage, args[0])
}
