package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/weights"
)

// toy holds 4 people, 2 of them crowds, 1 dog, and no cat, in 3 images.
const toy = `{"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9},
	{"id": 2, "file_name": "b.jpg", "width": 9, "height": 9}, {"id": 3, "file_name": "c.jpg", "width": 9, "height": 9}],
"annotations": [
	{"id": 1, "image_id": 1, "category_id": 7, "bbox": [0, 0, 3, 3], "area": 9, "iscrowd": 0},
	{"id": 2, "image_id": 1, "category_id": 7, "bbox": [1, 0, 3, 3], "area": 9, "iscrowd": 0},
	{"id": 3, "image_id": 1, "category_id": 8, "bbox": [2, 0, 3, 3], "area": 9, "iscrowd": 0},
	{"id": 4, "image_id": 2, "category_id": 7, "bbox": [3, 0, 3, 3], "area": 9, "iscrowd": 1},
	{"id": 5, "image_id": 2, "category_id": 7, "bbox": [4, 0, 3, 3], "area": 9, "iscrowd": 1}],
"categories": [{"id": 7, "name": "person"}, {"id": 8, "name": "dog"}, {"id": 9, "name": "cat"}]}`

// weightsFolder returns a folder with toy.json.
func weightsFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "toy.json"), []byte(toy), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func weightsCLI(ctx context.Context, args ...string) (code int, out, notes string) {
	var stdout, stderr bytes.Buffer
	code = cli.Run(ctx, newRoot, cli.Streams{In: strings.NewReader(toy), Out: &stdout, Err: &stderr}, args)
	return code, stdout.String(), stderr.String()
}

func TestWeightsCommand(t *testing.T) {
	dir := weightsFolder(t)
	source, out := filepath.Join(dir, "toy.json"), filepath.Join(dir, "w.arrow")
	code, table, notes := weightsCLI(t.Context(), "weights", source, "-o", out, "--tail-ratio", "0.4")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, notes)
	}
	// By hand: 5/(2·4) and 5/(2·1); dog has 1 of the 3 (image, class) pairs.
	want := `class   instances  images   alpha  group
----------------------------------------
person          4       2  0.6250  head
dog             1       1  2.5000  tail
cat             0       0       –  tail
`
	if table != want {
		t.Errorf("table\n%swant\n%s", table, want)
	}
	for _, note := range []string{out + ": 3 classes, 5 instances in 2 of 3 images", "eta.arrow: 3 (image, class) pairs", `without a weight: 1 (9 "cat")`} {
		if !strings.Contains(notes, note) {
			t.Errorf("notes %q do not say %q", notes, note)
		}
	}
	got, err := weights.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if s := got.Meta.Sources[0]; s.Path != source || s.Bytes != int64(len(toy)) || s.SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte(toy))) {
		t.Errorf("source %+v", s)
	}
	if got.Meta.Version == "" || got.Meta.Schedule.DeferredEpochs != 5 || !got.Meta.Crowds {
		t.Errorf("metadata %+v", got.Meta)
	}
	if _, err := os.Stat(filepath.Join(dir, "eta.arrow")); err != nil {
		t.Errorf("no eta file beside the weights: %v", err)
	}
}

func TestWeightsCommandFlags(t *testing.T) {
	dir := weightsFolder(t)
	out := filepath.Join(dir, "w.arrow")
	code, _, notes := weightsCLI(t.Context(), "weights", "-", "-o", out, "--eta-out", filepath.Join(dir, "e.arrow"),
		"--alpha", "effective", "--beta", "0.5", "--eta", "0.9", "--eta-reading", "power", "--intensity", "0.05",
		"--schedule", "linear", "--update", "step", "--repeat-threshold", "0.01", "--no-crowd")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, notes)
	}
	got, err := weights.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	m := got.Meta
	if m.Alpha != (weights.Alpha{Method: "effective", Beta: 0.5, Normalisation: "sum"}) || m.Eta != (weights.Eta{Value: 0.9, Reading: "power"}) ||
		m.Intensity != 0.05 || m.Schedule != (weights.Schedule{Name: "linear", Update: "step"}) || m.RepeatThreshold != 0.01 {
		t.Errorf("metadata %+v", m)
	}
	if m.Crowds || m.Instances != 3 || m.AnnotatedImages != 1 || got.Rows[0].Instances != 2 {
		t.Errorf("crowds counted: %+v, %+v", m, got.Rows[0])
	}
	if m.Sources[0].Path != "-" || !strings.Contains(notes, "standard input has no path") {
		t.Errorf("source %+v, notes %q", m.Sources[0], notes)
	}
}

// Every failure has its exit code and a message, and leaves the folder as it
// was.
func TestWeightsCommandFailures(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		code int
		what string
		args []string
	}{
		{t.Context(), 2, "at least 1 arg", []string{}},
		{t.Context(), 2, "eta 2 is not in [0, 1]", []string{"toy.json", "--eta", "2"}},
		{t.Context(), 2, "schedule \"cosine\" is not", []string{"toy.json", "--schedule", "cosine"}},
		{t.Context(), 2, "alpha method", []string{"toy.json", "--alpha", "best"}},
		{t.Context(), 2, "beta 1 is not between", []string{"toy.json", "--alpha", "effective", "--beta", "1"}},
		{t.Context(), 2, "--beta is a parameter", []string{"toy.json", "--beta", "0.9"}},
		{t.Context(), 2, "--deferred-epochs has no effect", []string{"toy.json", "--schedule", "constant", "--deferred-epochs", "2"}},
		{t.Context(), 2, "deferred epochs -1", []string{"toy.json", "--deferred-epochs", "-1"}},
		{t.Context(), 2, "tail ratio NaN", []string{"toy.json", "--tail-ratio", "NaN"}},
		{t.Context(), 2, "invalid argument", []string{"toy.json", "--intensity", "much"}},
		{t.Context(), 2, "--output is empty", []string{"toy.json", "-o", ""}},
		{t.Context(), 2, "given twice", []string{"-", "toy.json", "-"}},
		{t.Context(), 2, "would be overwritten", []string{"toy.json", "-o", "./toy.json"}},
		{t.Context(), 2, "would both be written", []string{"toy.json", "-o", "./eta.arrow"}},
		{t.Context(), 1, "cannot write none/w.arrow: no such file", []string{"toy.json", "-o", "none/w.arrow"}},
		{t.Context(), 1, "cannot write .: is a directory", []string{"toy.json", "--eta-out", "."}},
		{t.Context(), 1, "missing.json", []string{"missing.json"}},
		{t.Context(), 1, "5 crowd annotations are left out", []string{"crowds.json", "--no-crowd"}},
		{cancelled, 130, "", []string{"toy.json"}},
	} {
		dir := weightsFolder(t)
		t.Chdir(dir)
		crowds := strings.NewReplacer(`"iscrowd": 0`, `"iscrowd": 1`).Replace(toy)
		if err := os.WriteFile("crowds.json", []byte(crowds), 0o644); err != nil {
			t.Fatal(err)
		}
		code, out, notes := weightsCLI(c.ctx, append([]string{"weights"}, c.args...)...)
		if code != c.code || out != "" || !strings.Contains(notes, c.what) {
			t.Errorf("%q: exit code %d, output %q, error %q; want %d and an error that says %q", c.args, code, out, notes, c.code, c.what)
		}
		if entries, err := os.ReadDir("."); err != nil || len(entries) != 2 {
			t.Errorf("%q: %d files in the folder, %v, want 2", c.args, len(entries), err)
		}
	}
}

func TestWeightsTableIsShort(t *testing.T) {
	table := &weights.Table{}
	for i := range 100 {
		table.Rows = append(table.Rows, weights.Row{Name: fmt.Sprintf("class%02d", i), Instances: int64(i), Alpha: 1, Group: "head"})
	}
	var out bytes.Buffer
	if err := printWeights(&out, table); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 43 || !strings.HasPrefix(lines[2], "class99") || lines[22] != "(60 more)" || !strings.HasPrefix(lines[42], "class00") {
		t.Errorf("%d lines: %s", len(lines), out.String())
	}
}
