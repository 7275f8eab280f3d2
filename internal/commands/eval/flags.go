package eval

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cocostat/dataset"
	"cocostat/evaluate"
	"cocostat/internal/atomicfile"
	"cocostat/internal/charts"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/input"
	"cocostat/internal/commands/shared/output"
)

// compatPycocotools is the value of --compat.
const compatPycocotools = "pycocotools"

// Values of --images.
const (
	imagesAll      = "all"
	imagesDetected = "detected"
)

// imageMatchings are the values of --match, in the order of evaluate.MatchBy.
var imageMatchings = []string{evaluate.MatchAuto.String(), evaluate.MatchID.String(), evaluate.MatchFileName.String()}

// leastRounds is the fewest choices of images that make an interval; more than
// mostRounds would take memory and change no digit of it.
const (
	leastRounds = 100
	mostRounds  = evaluate.MostRounds
)

// complete checks the arguments, the flags and the places for the results.
func (o *options) complete(args []string, given func(flag string) bool) error {
	if err := o.CompleteClasses(); err != nil {
		return err
	}
	if err := o.completeFiles(args); err != nil {
		return err
	}
	if err := o.completeParams(given); err != nil {
		return err
	}
	if err := o.completeModes(given); err != nil {
		return err
	}
	if err := o.completeTables(given); err != nil {
		return err
	}
	return o.completeOutputs(given)
}

// completeFiles divides the arguments into ground truth and detections.
func (o *options) completeFiles(args []string) error {
	if args[0] == "-" {
		return cli.Usagef("the ground truth must be a file: only detections can be standard input")
	}
	rest := args[1:]
	switch at := slices.Index(rest, versus); {
	case at >= 0:
		o.a, o.b = rest[:at], rest[at+1:]
		if len(o.a) == 0 || len(o.b) == 0 || slices.Contains(o.b, versus) {
			return cli.Usagef("%q stands between the detections of two detectors: GT A... %s B...", versus, versus)
		}
	case len(rest) > 2:
		return cli.Usagef("%d files of detections: with %q between those of one detector and of the other, their means are compared", len(rest), versus)
	default:
		o.a, o.b = rest[:1], rest[1:]
	}
	o.Paths = append([]string{args[0]}, append(slices.Clone(o.a), o.b...)...)
	for i, path := range o.Paths {
		for _, other := range o.Paths[:i] {
			if path == other || input.SameInput(path, other) {
				return cli.Usagef("%s is given twice", path)
			}
		}
		if i > 0 && input.IsFolder(path) && !evaluate.IsDetectionFolder(path) {
			return cli.Usagef("%s is a folder, and holds no texts of detections as Ultralytics saves them (save_txt=True save_conf=True): name a file of detections", path)
		}
	}
	var err error
	o.truth, err = validationOf(args[0])
	if o.truth != args[0] {
		o.Notef("reading %s", o.truth)
	}
	o.Paths[0] = o.truth
	return err
}

// validationOf returns the validation annotations of a folder, or of a file that
// describes one; of another path, the path. A dataset of many files that has none is
// the ground truth as a whole.
func validationOf(path string) (string, error) {
	_, err := os.Stat(path)
	if named := err != nil; named || !input.IsFolder(path) && !dataset.IsFolder(path) {
		return path, nil // a file, or a split that is named
	}
	train, err := dataset.Train(path)
	if err != nil {
		return path, err
	}
	val := dataset.Validation(train)
	switch {
	case val == "" && train == path:
		return path, nil
	case val == "":
		return path, fmt.Errorf("%s has no validation annotations beside %s: name the file", path, filepath.Base(train))
	}
	return val, nil
}

// completeParams makes the parameters that do not depend on the ground truth.
func (o *options) completeParams(given func(flag string) bool) error {
	var err error
	if o.params.IoUThresholds, err = parseIoU(o.iou); err != nil {
		return err
	}
	if o.params.Areas, err = parseAreas(o.areas); err != nil {
		return err
	}
	o.params.MaxDets = o.maxDets
	if err := o.params.Validate(); err != nil {
		return cli.Usagef("%w", err)
	}
	if given("score") && math.IsNaN(o.score) {
		return cli.Usagef("--score must be a number")
	}
	o.scoreGiven = given("score")
	o.match = evaluate.MatchBy(slices.Index(imageMatchings, o.matchName))
	switch {
	case !(o.tailRatio >= 0 && o.tailRatio <= 1):
		return cli.Usagef("--tail-ratio %v: must be between 0 and 1", o.tailRatio)
	case o.rounds > mostRounds:
		return cli.Usagef("--rounds %d: must be at most %d", o.rounds, mostRounds)
	case o.rounds < leastRounds:
		return cli.Usagef("--rounds %d: must be at least %d for an interval", o.rounds, leastRounds)
	case !(o.confidence > 0 && o.confidence < 1):
		return cli.Usagef("--confidence %v: must be between 0 and 1", o.confidence)
	}
	return nil
}

// completeModes refuses flags that would have no effect beside others.
func (o *options) completeModes(given func(flag string) bool) error {
	for _, flag := range []string{"rounds", "seed", "confidence"} {
		if given(flag) && len(o.b) == 0 {
			return cli.Usagef("--%s is for the comparison of two detectors", flag)
		}
	}
	if given("score") && len(o.b) > 0 {
		return cli.Usagef("--score is for the confusion of one detector")
	}
	for _, clash := range [][2]string{
		{"weights", "tail-ratio"}, {"class-agnostic", "weights"}, {"class-agnostic", "tail-ratio"}, {"class-agnostic", "groupings"},
		{"lvis", "compat"}, {"lvis", "class-agnostic"},
	} {
		if given(clash[0]) && given(clash[1]) {
			return cli.Usagef("--%s has no place beside --%s", clash[1], clash[0])
		}
	}
	return nil
}

func (o *options) completeTables(given func(flag string) bool) error {
	if len(o.b) == 0 {
		return o.Table.Complete(o.format, given)
	}
	d := &o.differences
	d.Columns, d.Reverse, d.Top = o.Columns, o.Reverse, o.Top
	if given("sort") {
		d.Sort = o.Sort
	}
	return d.Complete(o.format, given)
}

// completeOutputs checks the files to write.
func (o *options) completeOutputs(given func(flag string) bool) error {
	var files []string
	for _, out := range o.outs {
		switch {
		case out == "":
			return cli.Usagef("--output is empty")
		case filepath.Ext(out) == ".npy" && !input.IsFolder(out):
			return cli.Usagef("--output %s: there are several arrays: name a folder, or %s", out, strings.TrimSuffix(out, "y")+"z")
		case len(o.b) > 0 && output.Endings[filepath.Ext(out)] == "":
			return cli.Usagef("--output %s: of two detectors, only the report can be written (.json, .csv, .md); arrays are those of one", out)
		case isArrayFolder(out):
			if err := atomicfile.CheckFolder(out); err != nil {
				return err
			}
		case !slices.Contains([]string{".npz", ".arrow", ".json", ".csv", ".md"}, filepath.Ext(out)):
			return cli.Usagef("--output %s: nothing is written as %s: end the name in .npz, .arrow, .json, .csv, .md, or in %c for a folder", out, filepath.Ext(out), filepath.Separator)
		default:
			files = append(files, out)
		}
	}
	if given("plot") {
		if _, err := charts.Format(o.plot); err != nil {
			return cli.Usagef("--plot: %w", err)
		}
		files = append(files, o.plot)
	}
	if o.weights != "" {
		for _, file := range files {
			if input.SameFile(o.weights, file) {
				return cli.Usagef("%s is an input and would be overwritten", file)
			}
		}
	}
	return o.CheckOutputs(files...)
}

// parseIoU reads a list of thresholds or first:last:step.
func parseIoU(text string) ([]float64, error) {
	bad := func() error {
		return cli.Usagef("--iou %q: must be numbers from 0 to 1 that rise, with commas between them, or first:last:step", text)
	}
	if parts := strings.Split(text, ":"); len(parts) > 1 {
		var x [3]float64
		if len(parts) != 3 || !parseAll(parts, x[:]) {
			return nil, bad()
		}
		n := math.Round((x[1]-x[0])/x[2]) + 1
		if !(x[2] > 0 && n >= 1 && n <= 1000 && math.Abs(x[0]+(n-1)*x[2]-x[1]) < 1e-9) {
			return nil, bad()
		}
		return evaluate.Linspace(x[0], x[1], int(n)), nil
	}
	parts := strings.Split(text, ",")
	list := make([]float64, len(parts))
	if !parseAll(parts, list) {
		return nil, bad()
	}
	return list, nil
}

func parseAll(texts []string, into []float64) bool {
	for i, text := range texts {
		x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || math.IsNaN(x) {
			return false
		}
		into[i] = x
	}
	return true
}

// parseAreas reads names of COCO's ranges and name=min:max.
func parseAreas(list []string) ([]evaluate.AreaRange, error) {
	known := evaluate.DefaultAreas()
	var areas []evaluate.AreaRange
	for _, text := range list {
		name, limits, own := strings.Cut(text, "=")
		if !own {
			at := slices.IndexFunc(known, func(a evaluate.AreaRange) bool { return a.Name == name })
			if at < 0 {
				return nil, cli.Usagef("--areas: %q is none of all, small, medium, large; others need limits: %s=min:max", name, name)
			}
			areas = append(areas, known[at])
			continue
		}
		var x [2]float64
		if parts := strings.Split(limits, ":"); name == "" || len(parts) != 2 || !parseAll(parts, x[:]) {
			return nil, cli.Usagef("--areas: %q must be name=min:max with numbers of square pixels", text)
		}
		areas = append(areas, evaluate.AreaRange{Name: name, Min: x[0], Max: x[1]})
	}
	if !slices.ContainsFunc(areas, func(a evaluate.AreaRange) bool { return a.Name == "all" }) {
		areas = append([]evaluate.AreaRange{known[0]}, areas...)
	}
	return areas, nil
}
