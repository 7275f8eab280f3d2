// Package commandtest runs commands in their tests, and holds the data that the
// tests of several use.
package commandtest

import (
	"bytes"
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// Tiny, TrainJSON and ValJSON are annotation files, seen from the folder of a
// command.
const Tiny = "../testdata/tiny.json"

// Runner runs "cocostat" with arguments and returns what it printed, and its exit
// code.
type Runner func(ctx context.Context, stdin string, args ...string) (out, errs string, code int)

// New returns a Runner of a program with some of cocostat's commands: those that
// a test calls, as a command's package cannot import the whole program.
func New(commands ...func(cli.Streams) *cobra.Command) Runner {
	return Of(func(s cli.Streams) *cobra.Command {
		root := &cobra.Command{Use: "cocostat"}
		for _, command := range commands {
			root.AddCommand(command(s))
		}
		return root
	})
}

// Of returns a Runner of a whole program.
func Of(program func(cli.Streams) *cobra.Command) Runner {
	return func(ctx context.Context, stdin string, args ...string) (out, errs string, code int) {
		var o, e bytes.Buffer
		code = cli.Run(ctx, program, cli.Streams{In: strings.NewReader(stdin), Out: &o, Err: &e}, args)
		return o.String(), e.String(), code
	}
}

// Fails runs a command that must print nothing and end with an exit code, and with an
// error that says something.
func (run Runner) Fails(ctx context.Context, t *testing.T, code int, says, stdin string, args ...string) {
	t.Helper()
	out, notes, got := run(ctx, stdin, args...)
	if got != code || out != "" || !strings.Contains(notes, says) {
		t.Errorf("%q: exit code %d, output %q, error %q; want %d and an error that says %q", args, got, out, notes, code, says)
	}
}

const (
	TrainJSON = "../testdata/compare/instances_train.json"
	ValJSON   = "../testdata/compare/instances_val.json"
)

// Toy holds 4 people, 2 of them crowds, 1 dog, and no cat, in 3 images.
const Toy = `{"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9},
	{"id": 2, "file_name": "b.jpg", "width": 9, "height": 9}, {"id": 3, "file_name": "c.jpg", "width": 9, "height": 9}],
"annotations": [
	{"id": 1, "image_id": 1, "category_id": 7, "bbox": [0, 0, 3, 3], "area": 9, "iscrowd": 0},
	{"id": 2, "image_id": 1, "category_id": 7, "bbox": [1, 0, 3, 3], "area": 9, "iscrowd": 0},
	{"id": 3, "image_id": 1, "category_id": 8, "bbox": [2, 0, 3, 3], "area": 9, "iscrowd": 0},
	{"id": 4, "image_id": 2, "category_id": 7, "bbox": [3, 0, 3, 3], "area": 9, "iscrowd": 1},
	{"id": 5, "image_id": 2, "category_id": 7, "bbox": [4, 0, 3, 3], "area": 9, "iscrowd": 1}],
"categories": [{"id": 7, "name": "person"}, {"id": 8, "name": "dog"}, {"id": 9, "name": "cat"}]}`

// WeightsFolder returns a folder with toy.json.
func WeightsFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "toy.json"), []byte(Toy), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// WriteText writes a file into a folder of its own and returns its path.
func WriteText(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TableOf is a weights table of classes with these counts, the number of
// annotated images being annotated.
func TableOf(annotated int64, counts ...[2]int64) *weights.Table {
	t := &weights.Table{Meta: weights.Metadata{
		Format: weights.Format, Images: annotated, AnnotatedImages: annotated,
		Alpha:     weights.Alpha{Method: weights.Inverse, Normalisation: weights.NormalisationNone, Base: weights.BaseInstances},
		Eta:       weights.Eta{Value: 0.8, Reading: weights.ReadingBase, Scope: weights.ScopeImage},
		Intensity: 1,
		Schedule:  weights.Schedule{Name: weights.ScheduleDeferredLinear, DeferredEpochs: 2, Update: weights.UpdateEpoch},
		TailRatio: weights.TailRatio{Centric: weights.CentricImage},
	}}
	for i, c := range counts {
		t.Meta.Instances += c[0]
		alpha := max(0.25, float64(i)/2)
		if c[0] == 0 {
			alpha = math.NaN()
		}
		t.Rows = append(t.Rows, weights.Row{
			Index: int32(i), CategoryID: int64(10 + i), Name: string(rune('a' + i)), Instances: c[0], Images: c[1],
			Frequency: float64(c[1]) / float64(annotated), Alpha: alpha, Group: "head", LVISGroup: "rare", RepeatFactor: 1,
		})
	}
	return t
}

// WeightsFile changes to a folder with w.arrow: instances 5000, 300, 90, 8 in
// 60, 25, 10, 5 of 100 images.
func WeightsFile(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	table := TableOf(100, [2]int64{5000, 60}, [2]int64{300, 25}, [2]int64{90, 10}, [2]int64{8, 5})
	if err := codec.WriteFile("w.arrow", table); err != nil {
		t.Fatal(err)
	}
}

// WithoutProblems returns a dataset in which nothing is wrong, and one that
// only deserves a note: a category without instances.
func WithoutProblems(t *testing.T) (clean, noted string) {
	t.Helper()
	clean = `{"images":[{"id":1,"file_name":"a.jpg","width":9,"height":9}],"categories":[{"id":1,"name":"cat"}],
"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,4,4],"area":16,"iscrowd":0}]}`
	return clean, strings.Replace(clean, `[{"id":1,"name":"cat"}]`, `[{"id":1,"name":"cat"},{"id":2,"name":"dog"}]`, 1)
}

// Interop returns a file of an environment that scripts/interop.sh makes.
func Interop(t *testing.T, environment, file string) string {
	t.Helper()
	dir, err := filepath.Abs("../../../build/interop")
	if err != nil {
		t.Fatal(err)
	}
	if reason, err := os.ReadFile(filepath.Join(dir, environment+".missing")); err == nil {
		t.Skipf("no environment %s: %s", environment, strings.TrimSpace(string(reason)))
	}
	path := filepath.Join(dir, environment, file)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no environment %s: 'make test' or 'sh scripts/interop.sh' sets it up", environment)
	}
	return path
}

// Output runs a program on one of our scripts and returns what it prints.
func Output(t *testing.T, program, script string, args ...string) string {
	t.Helper()
	if _, err := os.Stat(script); err != nil { // a change makes the test run again
		t.Fatal(err)
	}
	out, err := exec.Command(program, append([]string{script}, args...)...).Output()
	if e, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%s: %v\n%s", script, err, e.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// LTSource has four people in two images, two dogs in one, a cat; the last image is empty.
const LTSource = `{"info": {"year": 2020}, "images": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}],
"annotations": [
 {"id": 1, "image_id": 1, "category_id": 7},
 {"id": 2, "image_id": 1, "category_id": 7},
 {"id": 3, "image_id": 1, "category_id": 7},
 {"id": 4, "image_id": 2, "category_id": 7, "iscrowd": 1},
 {"id": 5, "image_id": 2, "category_id": 8},
 {"id": 6, "image_id": 2, "category_id": 8},
 {"id": 7, "image_id": 3, "category_id": 9},
 {"id": 8, "image_id": 77, "category_id": 9}],
"categories": [{"id": 7, "name": "person"}, {"id": 8, "name": "dog"}, {"id": 9, "name": "cat"}]}
`
