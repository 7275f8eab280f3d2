// Command detections writes the input of the evaluation's benchmark: detections
// like those of a one-stage detector with a low score threshold, and
// annotations with another number of classes.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const usage = `usage: detections make  [-n 733070] [-seed 1] TRUTH.json > DETECTIONS.json
       detections truth [-classes 1203] [-seed 1] TRUTH.json > OTHER.json
       detections scene [-images 29821] [-boxes 178926] [-classes 13204] [-seed 1] > TRUTH.json

make writes N detections for the images and objects of an annotation file, in
COCO's results format, image by image, each from the highest score to the
lowest. truth writes the images and boxes of a file with as many classes,
whose numbers of objects fall off like 1/rank. scene writes annotations of its
own, of about the size of V3Det's validation set, with classes as truth has
them. Equal seeds give equal files.
`

func main() {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	err := run(os.Args[1:], out)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "detections:", err)
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
	seed := f.Uint64("seed", 1, "")
	var write func(*truth) error
	var size *sceneSize
	switch args[0] {
	case "make":
		n := f.Int("n", 733070, "")
		write = func(t *truth) error { return newGenerator(t, *seed).write(out, *n) }
	case "truth":
		classes := f.Int("classes", 1203, "")
		write = func(t *truth) error { return t.writeClasses(out, *classes, *seed) }
	case "scene":
		size = &sceneSize{}
		f.IntVar(&size.images, "images", 29821, "")
		f.IntVar(&size.boxes, "boxes", 178926, "")
		f.IntVar(&size.classes, "classes", 13204, "")
	default:
		return fmt.Errorf("%w: unknown command %q", errUsage, args[0])
	}
	files := 1
	if size != nil {
		files = 0
	}
	if err := f.Parse(args[1:]); err != nil || f.NArg() != files {
		return fmt.Errorf("%s: %w", args[0], errUsage)
	}
	if size != nil {
		return writeScene(out, *size, *seed)
	}
	t, err := readTruth(f.Arg(0))
	if err != nil {
		return err
	}
	return write(t)
}
