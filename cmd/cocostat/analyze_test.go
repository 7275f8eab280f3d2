package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

// analyze runs "cocostat analyze" and returns what it printed.
func analyze(ctx context.Context, stdin string, args ...string) (out, errs string, code int) {
	var o, e bytes.Buffer
	s := cli.Streams{In: strings.NewReader(stdin), Out: &o, Err: &e}
	code = cli.Run(ctx, newRoot, s, append([]string{"analyze"}, args...))
	return o.String(), e.String(), code
}

const tiny = "testdata/tiny.json"

func TestAnalyzeGolden(t *testing.T) {
	used := map[string]bool{}
	for name, args := range map[string][]string{
		"table":      {tiny},
		"markdown":   {"--format", "markdown", tiny},
		"csv":        {"--format", "csv", "--sort", "id", tiny},
		"json":       {"--format", "json", tiny},
		"no-crowd":   {"--no-crowd", "--top", "2", "--sort", "name", tiny},
		"tail-ratio": {"--tail-ratio", "0.5", "--sort", "images", tiny},
	} {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("testdata", "analyze-"+name+".golden")
			got, errs, code := analyze(context.Background(), "", args...)
			if code != cli.ExitOK || errs != "" {
				t.Fatalf("exit code %d, stderr %q", code, errs)
			}
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("output differs from %s:\n%s", golden, got)
			}
		})
		used["analyze-"+name+".golden"] = true
	}
	files, err := filepath.Glob("testdata/analyze-*.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[filepath.Base(f)] {
			t.Errorf("%s belongs to no test", f)
		}
	}
}

// The numbers of tiny.json, counted by hand: class 7 has annotations 1, 2, 3
// (3 a crowd) in images 1 and 2, class 2 has annotation 4 in image 2, class 5
// none; annotation 5 is of a class, and 6 of an image, that is not there.
func TestAnalyzeJSON(t *testing.T) {
	out, _, _ := analyze(context.Background(), "", "--format", "json", tiny)
	var a analysis
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatal(err)
	}
	want := totals{Files: 1, Images: 3, AnnotatedImages: 2, NegativeImages: 1, Instances: 4, Crowd: 1, CrowdsCount: true, Classes: 3}
	if a.Totals != want {
		t.Errorf("totals %+v, want %+v", a.Totals, want)
	}
	first := a.Classes[0]
	if first.ID != 7 || first.Instances != 3 || first.Images != 2 || first.Share != 0.75 || first.Frequency != 1 {
		t.Errorf("first class %+v", first)
	}
	if a.Imbalance.Ratio != 3 {
		t.Errorf("ratio %v, want 3", a.Imbalance.Ratio)
	}
	found := map[string]int64{}
	for _, p := range a.Problems {
		found[string(p.Kind)] = p.Count
	}
	for kind, n := range map[string]int64{"unknown-image": 1, "unknown-category": 1, "category-unused": 1, "image-unannotated": 1} {
		if found[kind] != n {
			t.Errorf("%s found %d times, want %d", kind, found[kind], n)
		}
	}
}

func TestAnalyzeStdinAndTables(t *testing.T) {
	text, err := os.ReadFile(tiny)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "tables")
	fromFile, _, _ := analyze(context.Background(), "", "--format", "csv", tiny)
	fromStdin, errs, code := analyze(context.Background(), string(text), "--format", "csv", "-o", dir, "-")
	if code != cli.ExitOK || fromFile != fromStdin {
		t.Errorf("exit code %d, %q; output\n%s\nwant\n%s", code, errs, fromStdin, fromFile)
	}
	for _, name := range []string{"classes.arrow", "images.arrow", "objects.arrow"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// A folder stands for its training annotations, and the command says for which.
func TestAnalyzeFolder(t *testing.T) {
	want, _, _ := analyze(context.Background(), "", tiny)
	got, errs, code := analyze(context.Background(), "", "testdata")
	if code != cli.ExitOK || got != want || errs != "reading testdata/tiny.json\n" {
		t.Errorf("exit code %d, stderr %q, output\n%s\nwant\n%s", code, errs, got, want)
	}
}

func TestVersion(t *testing.T) {
	var out bytes.Buffer
	s := cli.Streams{In: strings.NewReader(""), Out: &out, Err: &out}
	if code := cli.Run(context.Background(), newRoot, s, []string{"--version"}); code != cli.ExitOK || out.String() != "cocostat version "+cli.Version()+"\n" {
		t.Errorf("exit code %d, %q", code, out.String())
	}
}

func TestAnalyzeErrors(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		stdin string
		args  []string
		code  int
		words string // in the message
	}{
		{"no file", "", nil, cli.ExitUsage, "requires at least 1 arg"},
		{"bad sort", "", []string{"--sort", "size", tiny}, cli.ExitUsage, "instances, images, id, name"},
		{"bad format", "", []string{"--format", "xml", tiny}, cli.ExitUsage, "table, json, csv, markdown"},
		{"bad top", "", []string{"--top", "-1", tiny}, cli.ExitUsage, "--top"},
		{"bad ratio", "", []string{"--tail-ratio", "8.67", tiny}, cli.ExitUsage, "between 0 and 1"},
		{"ratio is no number", "", []string{"--tail-ratio", "NaN", tiny}, cli.ExitUsage, "between 0 and 1"},
		{"stdin twice", "", []string{"-", "-"}, cli.ExitUsage, "standard input"},
		{"the same file", "", []string{tiny, "./testdata"}, cli.ExitUsage, "count twice"},
		{"missing", "", []string{"testdata/none.json"}, cli.ExitFailure, "testdata/none.json"},
		{"folder without annotations", "", []string{t.TempDir()}, cli.ExitFailure, "no training annotations"},
		{"truncated", `{"images": [`, []string{"-"}, cli.ExitFailure, "stdin: line 1, column 13"},
		{"empty", ``, []string{"-"}, cli.ExitFailure, "empty"},
		{"not writable", "", []string{"-o", filepath.Join(blocked, "x"), tiny}, cli.ExitFailure, blocked},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, errs, code := analyze(context.Background(), test.stdin, test.args...)
			if code != test.code || out != "" || !strings.Contains(errs, test.words) {
				t.Errorf("exit code %d, stdout %q, stderr %q; want %d, nothing, and %q", code, out, errs, test.code, test.words)
			}
		})
	}
}

func TestAnalyzeInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := filepath.Join(t.TempDir(), "tables")
	out, errs, code := analyze(ctx, "", "-o", dir, tiny)
	if code != cli.ExitInterrupted || out != "" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out, errs)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("tables were written")
	}
}

func TestCompletion(t *testing.T) {
	for _, c := range []struct{ command, flag, want string }{
		{"analyze", "--sort", "images\n"}, {"analyze", "--format", "markdown\n"},
		{"weights", "--alpha", "effective\n"}, {"weights", "--schedule", "deferred-linear\n"},
		{"weights", "--eta-reading", "power\n"}, {"weights", "--update", "step\n"},
	} {
		var out bytes.Buffer
		s := cli.Streams{In: strings.NewReader(""), Out: &out, Err: &bytes.Buffer{}}
		if code := cli.Run(context.Background(), newRoot, s, []string{"__complete", c.command, c.flag, ""}); code != 0 || !strings.Contains(out.String(), c.want) {
			t.Errorf("completion of %s %s: exit code %d, %q lacks %q", c.command, c.flag, code, out.String(), c.want)
		}
	}
}

// A name cannot break a table or steer a terminal.
func TestHostileNames(t *testing.T) {
	text := `{"images":[{"id":1}],"categories":[{"id":1,"name":"a\n\u001b[31m|b"}],"annotations":[{"id":1,"image_id":1,"category_id":1}]}`
	for _, format := range []string{"table", "markdown"} {
		out, _, _ := analyze(context.Background(), text, "--format", format, "-")
		if strings.ContainsRune(out, 0x1b) {
			t.Errorf("%s output holds an escape byte", format)
		}
		if format == "markdown" && !strings.Contains(out, `\|b`) {
			t.Errorf("the bar in a name is not escaped:\n%s", out)
		}
	}
	out, _, _ := analyze(context.Background(), text, "--format", "csv", "-")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || rows[1][1] != "a\n\x1b[31m|b" {
		t.Errorf("csv rows %q, %v", rows, err)
	}
}
