package convert

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cocostat/weights/codec"
)

// From each format to each other and back, a table stays what it was.
func TestConvertBetweenAllFormats(t *testing.T) {
	dir, table := t.TempDir(), oddClasses(t)
	converted(t, table, dir)
	for _, from := range codec.Encodings() {
		args := []string{"convert", filepath.Join(dir, "w."+string(from))}
		for _, to := range codec.Encodings() {
			args = append(args, filepath.Join(dir, fmt.Sprintf("from-%s.%s", from, to)))
		}
		out, notes, code := cocostat(t.Context(), "", args...)
		if code != 0 || out != "" {
			t.Fatalf("%q: exit code %d, output %q: %s", args, code, out, notes)
		}
		if lost := strings.Contains(notes, "has no metadata"); lost == from.KeepsMetadata() {
			t.Errorf("from %s: notes %q", from, notes)
		}
		for _, path := range args[2:] {
			got, e, err := codec.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			want := *table
			if !from.KeepsMetadata() || !e.KeepsMetadata() {
				want.Meta = got.Meta
			}
			if !sameTable(got, &want) {
				t.Errorf("%s: %+v, want %+v", path, got, want)
			}
		}
	}
}

// Standard input and output take the place of files.
func TestConvertStreams(t *testing.T) {
	dir := t.TempDir()
	converted(t, oddClasses(t), dir)
	parquet, err := os.ReadFile(filepath.Join(dir, "w.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	out, notes, code := cocostat(t.Context(), string(parquet), "convert", "-", "-", "--to", "json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, notes)
	}
	want, err := os.ReadFile(filepath.Join(dir, "w.json"))
	if err != nil || out != string(want) || notes != "" {
		t.Errorf("printed %s, want %s; notes %q", out, want, notes)
	}
}

// By hand: 1 + (4−1)/2 = 2.5 and 1 + (20−1)/2 = 10.5; the background of mmdet
// and detectron2 comes last.
func TestConvertSnippet(t *testing.T) {
	dir, table := t.TempDir(), oddClasses(t)
	table.Meta.Intensity = 0.5
	for i := range table.Rows {
		table.Rows[i].Alpha = float64(4 * i)
	}
	table.Rows[0].Alpha = math.NaN()
	converted(t, table, dir)
	for framework, want := range map[string][]string{
		"mmdet":       {"MMDetection 3.3.0", "    2.5,  # 1 \"line\\nbreak\"\n", "    10.5,  # 5 \"plain\"\n    1.0,  # 6 background\n]", "num_classes=6"},
		"detectron2":  {"detectron2 0.6", "    10.5,  # 5 \"plain\"\n    1.0,  # 6 background\n]"},
		"torch":       {"PyTorch 1.13", "    4.0,  # 1 \"line\\nbreak\"\n", "    1.0,  # 0 \"hair \\\"drier\\\", ünused\", which has no instances", "INTENSITY = 0.5", "ETA = 0.8"},
		"ultralytics": {"Ultralytics 8.4.190", "    10.5,  # 5 \"plain\"\n]"},
		"keras":       {"Keras 3.15.1", "    10.5,  # 5 \"plain\"\n]"},
	} {
		out, notes, code := cocostat(t.Context(), "", "convert", filepath.Join(dir, "w.arrow"), "--for", framework)
		if code != 0 {
			t.Fatalf("%s: exit code %d: %s", framework, code, notes)
		}
		for _, part := range want {
			if !strings.Contains(out, part) {
				t.Errorf("%s: %q is not in\n%s", framework, part, out)
			}
		}
	}
}

// Every failure has its exit code and a message, and leaves the folder as it
// was.
func TestConvertFailures(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		code int
		what string
		args []string
	}{
		{t.Context(), 2, "at least 1 arg", nil},
		{t.Context(), 2, "name a file to write, or a framework", []string{"w.arrow"}},
		{t.Context(), 2, "name a file to write, or - for", []string{"w.arrow", "--to", "csv"}},
		{t.Context(), 2, "x.txt: the extension names no format", []string{"w.arrow", "x.txt"}},
		{t.Context(), 2, "-: the extension names no format", []string{"w.arrow", "-"}},
		{t.Context(), 2, `--to "xml": must be one of arrow, parquet`, []string{"w.arrow", "x", "--to", "xml"}},
		{t.Context(), 2, `--for "caffe": must be one of mmdet`, []string{"w.arrow", "--for", "caffe"}},
		{t.Context(), 2, "cannot be written there, too", []string{"w.arrow", "-", "--to", "csv", "--for", "torch"}},
		{t.Context(), 2, "is given twice", []string{"w.arrow", "x.csv", "./x.csv"}},
		{t.Context(), 2, "would be overwritten", []string{"w.arrow", "./w.arrow"}},
		{t.Context(), 1, "none.arrow: no such file", []string{"none.arrow", "x.csv"}},
		{t.Context(), 1, "cannot write none/x.csv: no such file", []string{"w.arrow", "x.parquet", "none/x.csv"}},
		{t.Context(), 1, "cut off after 100 bytes", []string{"cut.arrow", "x.csv"}},
		{cancelled, 130, "", []string{"w.arrow", "x.csv"}},
	} {
		t.Chdir(t.TempDir())
		if err := codec.WriteFile("w.arrow", oddClasses(t)); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile("w.arrow")
		if err == nil {
			err = os.WriteFile("cut.arrow", whole[:100], 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		cocostat.Fails(c.ctx, t, c.code, c.what, "", append([]string{"convert"}, c.args...)...)
		if entries, err := os.ReadDir("."); err != nil || len(entries) != 2 {
			t.Errorf("%q: %d files in the folder, %v, want 2", c.args, len(entries), err)
		}
	}
}

// writerVariable tells the test program to convert a file again and again.
const writerVariable = "COCOSTAT_TEST_CONVERT"

// TestConvertWriter is not a test of its own but the process that
// TestConvertFromSeveralProcesses starts.
func TestConvertWriter(t *testing.T) {
	in, out, found := strings.Cut(os.Getenv(writerVariable), "\n")
	if !found {
		return
	}
	for range 20 {
		if _, notes, code := cocostat(t.Context(), "", "convert", in, out); code != 0 {
			t.Fatal(notes)
		}
	}
}

// While several processes write one file, whoever reads it finds the whole file
// of one of them.
func TestConvertFromSeveralProcesses(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "shared.parquet")
	var commands sync.WaitGroup
	for i := range 3 {
		table := oddClasses(t)
		table.Meta.Version = fmt.Sprint(1 + i)
		for k := range table.Rows[1:] { // the first has no instances
			table.Rows[1+k].Alpha = float64(1 + i)
		}
		in := filepath.Join(dir, fmt.Sprintf("%d.arrow", i))
		if err := codec.WriteFile(in, table); err != nil {
			t.Fatal(err)
		}
		c := exec.Command(os.Args[0], "-test.run=^TestConvertWriter$")
		c.Env = append(os.Environ(), writerVariable+"="+in+"\n"+out)
		commands.Go(func() {
			if said, err := c.CombinedOutput(); err != nil {
				t.Errorf("process %d: %v\n%s", i, err, said)
			}
		})
	}
	done := make(chan struct{})
	go func() { commands.Wait(); close(done) }()
	for reads, running := 0, true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		got, err := codec.ReadFile(out)
		if errors.Is(err, fs.ErrNotExist) && reads == 0 && running {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		reads++
		for _, r := range got.Rows[1:] {
			if fmt.Sprint(r.Alpha) != got.Meta.Version {
				t.Fatalf("the weights of process %v in the file of %s", r.Alpha, got.Meta.Version)
			}
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
