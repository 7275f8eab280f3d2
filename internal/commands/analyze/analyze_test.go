package analyze

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/internal/commands/shared/summary"
)

// analyze runs "cocostat analyze" and returns what it printed.
func analyze(ctx context.Context, stdin string, args ...string) (out, errs string, code int) {
	return cocostat(ctx, stdin, append([]string{"analyze"}, args...)...)
}

// The numbers of tiny.json, counted by hand: class 7 has annotations 1, 2, 3
// (3 a crowd) in images 1 and 2, class 2 has annotation 4 in image 2, class 5
// none; annotation 5 is of a class, and 6 of an image, that is not there.
func TestAnalyzeJSON(t *testing.T) {
	out, _, _ := analyze(context.Background(), "", "--format", "json", commandtest.Tiny)
	var a struct {
		Totals    summary.Totals
		Imbalance imbalance
		PerImage  summary.PerImage `json:"per_image"`
		Sizes     summary.Sizes
		Boxes     boxes
		Classes   []classRow
		Together  []together `json:"cooccurrence"`
		Problems  []annotations.Problem
	}
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatal(err)
	}
	want := summary.Totals{Files: 1, Images: 3, AnnotatedImages: 2, NegativeImages: 1, Annotations: 6,
		Instances: 4, Crowd: 1, CrowdsCount: true, Classes: 3, UsedClasses: 2}
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
	// The images hold 1, 3 and 0 objects of 1, 2 and 0 classes.
	if want := (summary.PerImage{Objects: summary.Spread{Mean: 4.0 / 3, Median: 1, Max: 3}, Classes: summary.Spread{Mean: 1, Median: 1, Max: 2}}); a.PerImage != want {
		t.Errorf("per image %+v, want %+v", a.PerImage, want)
	}
	// Areas 400, 400, 4000 and the triangle's box of 5.5 × 8; widths 20, 20, 200, 5.5.
	if want := (summary.Sizes{Small: 3, Medium: 1}); a.Sizes != want || first.Sizes != (summary.Sizes{Small: 2, Medium: 1}) {
		t.Errorf("sizes %+v and %+v", a.Sizes, first.Sizes)
	}
	if w := a.Boxes.Width; a.Boxes.Count != 4 || w.Min != 5.5 || w.P50 != 20 || w.P90 != 200 || w.Max != 200 || first.Boxes.Aspect.Max != 10 {
		t.Errorf("boxes %+v", a.Boxes)
	}
	if len(a.Together) != 1 || a.Together[0] != (together{A: 2, B: 7, Images: 1}) {
		t.Errorf("together %+v", a.Together)
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
	text, err := os.ReadFile(commandtest.Tiny)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "tables")
	fromFile, _, _ := analyze(context.Background(), "", "--format", "csv", commandtest.Tiny)
	fromStdin, errs, code := analyze(context.Background(), string(text), "--format", "csv", "-o", dir, "-")
	if code != cli.ExitOK || fromFile != fromStdin {
		t.Errorf("exit code %d, %q; output\n%s\nwant\n%s", code, errs, fromStdin, fromFile)
	}
	tables := []string{"classes", "images", "objects", "cooccurrence", "problems"}
	if _, errs, code := analyze(t.Context(), "", "-o", dir, "--table-format", "parquet", commandtest.Tiny); code != cli.ExitOK {
		t.Errorf("exit code %d, %q", code, errs)
	}
	for _, name := range tables {
		// The first bytes of Arrow's and of Parquet's files.
		for ext, magic := range map[string]string{".arrow": "ARROW1", ".parquet": "PAR1"} {
			if text, err := os.ReadFile(filepath.Join(dir, name+ext)); err != nil || !strings.HasPrefix(string(text), magic) {
				t.Errorf("%s%s: %v, %.8q", name, ext, err, text)
			}
		}
	}
}

// A folder stands for its training annotations, and the command says for which.
func TestAnalyzeFolder(t *testing.T) {
	want, _, _ := analyze(context.Background(), "", commandtest.Tiny)
	got, errs, code := analyze(context.Background(), "", "../testdata")
	const said = "reading ../testdata/tiny.json\nno class is in the tail: the rarest is shepherd, which holds 33.33 % of all (image, class) pairs: --tail-ratio 0.334 takes it into it\n"
	if code != cli.ExitOK || got != want || errs != said {
		t.Errorf("exit code %d, stderr %q, output\n%s\nwant\n%s", code, errs, got, want)
	}
}

// --strict fails on errors, or on warnings too, after the result.
func TestAnalyzeStrict(t *testing.T) {
	clean, _ := commandtest.WithoutProblems(t)
	warned := strings.Replace(clean, `[1,1,4,4]`, `[1,1,4,0]`, 1) // a box of no area
	for _, c := range []struct {
		args  []string
		stdin string
		code  int
	}{
		{[]string{"--strict", "-"}, clean, cli.ExitOK},
		{[]string{"-"}, warned, cli.ExitOK},
		{[]string{"--strict", "-"}, warned, cli.ExitFailure},
		{[]string{"--strict=error", "-"}, warned, cli.ExitOK},
		{[]string{"--strict=error", commandtest.Tiny}, "", cli.ExitFailure},
	} {
		out, errs, code := analyze(t.Context(), c.stdin, c.args...)
		if code != c.code || !strings.Contains(out, "instances") || strings.Contains(errs, "--strict: ") != (c.code != 0) {
			t.Errorf("%q: exit code %d, stderr %q, want %d\n%s", c.args, code, errs, c.code, out)
		}
	}
}

// Of many classes a table has both ends, without those that have no instances;
// of all the other formats, and with --top, what is asked for.
func TestAnalyzeManyClasses(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"images":[{"id":1,"width":9,"height":9}],"categories":[`)
	for i := 1; i <= 60; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"class%d"},`, i, i)
	}
	b.WriteString(`{"id":61,"name":"none"}],"annotations":[`)
	for i := 1; i <= 60; i++ {
		fmt.Fprintf(&b, `{"id":%d,"image_id":1,"category_id":%d,"bbox":[1,1,2,2]},`, i, i)
	}
	b.WriteString(`{"id":61,"image_id":1,"category_id":1,"bbox":[1,1,2,2]}]}`)
	out, _, _ := analyze(t.Context(), b.String(), "--sort", "id", "-")
	for _, want := range []string{"\n20  class20 ", "\n    (20 more)\n41  class41 ", "not shown: 1\n--top 0 shows all 61 classes\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if strings.Contains(out, "class21 ") || strings.Contains(out, "\n61  none") {
		t.Errorf("shows what it should not:\n%s", out)
	}
	for _, args := range [][]string{{"--top", "0"}, {"--format", "csv"}, {"--format", "json"}} {
		if out, _, _ := analyze(t.Context(), b.String(), append(args, "-")...); !strings.Contains(out, "class21") || !strings.Contains(out, "none") {
			t.Errorf("%v leaves classes out", args)
		}
	}
}

// The picture and the page are made, and an input is not written over.
func TestAnalyzePictures(t *testing.T) {
	t.Chdir(t.TempDir())
	clean, _ := commandtest.WithoutProblems(t)
	if err := os.WriteFile("in.svg", []byte(clean), 0o644); err != nil {
		t.Fatal(err)
	}
	_, errs, code := analyze(t.Context(), "", "--plot", "out.svg", "--report", "out.html", "in.svg")
	if code != cli.ExitOK || errs != "wrote out.svg\nwrote out.html\n" {
		t.Fatalf("exit code %d, %q", code, errs)
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(clean)))
	for name, holds := range map[string][]string{"out.svg": {"<svg", "cat"}, "out.html": {"<!doctype html", "cat", "in.svg", hash[:8]}} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
		}
		for _, what := range holds {
			if !strings.Contains(strings.ToLower(string(text)), what) {
				t.Errorf("%s does not hold %s", name, what)
			}
		}
	}
	if _, errs, code := analyze(t.Context(), "", "--plot", "x.svg", "--report", "./x.svg", "in.svg"); code != cli.ExitUsage || !strings.Contains(errs, "--report ./x.svg: nothing is written as .svg") {
		t.Errorf("one over the other: exit code %d, %q", code, errs)
	}
	if err := os.Symlink("in.svg", "in.html"); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	if _, errs, code := analyze(t.Context(), "", "--report", "in.html", "in.svg"); code != cli.ExitUsage || !strings.Contains(errs, "overwritten") {
		t.Errorf("over the input by another name: exit code %d, %q", code, errs)
	}
	if _, errs, code := analyze(t.Context(), "", "-o", "tables.csv", "in.svg"); code != cli.ExitUsage || !strings.Contains(errs, "this is to be a folder") {
		t.Errorf("a folder called like a file: exit code %d, %q", code, errs)
	}
	if _, errs, code := analyze(t.Context(), "", "--plot", "in.svg", "in.svg"); code != cli.ExitUsage || !strings.Contains(errs, "overwritten") {
		t.Errorf("over the input: exit code %d, %q", code, errs)
	}
}

func TestAnalyzeErrors(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	svgFolder := filepath.Join(t.TempDir(), "folder.svg")
	if err := os.Mkdir(svgFolder, 0o755); err != nil {
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
		{"bad sort", "", []string{"--sort", "size", commandtest.Tiny}, cli.ExitUsage, "id, name, supercategory, instances, images"},
		{"bad column", "", []string{"--columns", "name,size", commandtest.Tiny}, cli.ExitUsage, "--columns \"size\": must be one of id, name,"},
		{"column twice", "", []string{"--columns", "id,name,category_id", commandtest.Tiny}, cli.ExitUsage, "there twice"},
		{"columns of JSON", "", []string{"--columns", "name", "--format", "json", commandtest.Tiny}, cli.ExitUsage, "JSON"},
		{"bad strictness", "", []string{"--strict=note", commandtest.Tiny}, cli.ExitUsage, "warning, error"},
		{"bad table format", "", []string{"-o", "x", "--table-format", "feather", commandtest.Tiny}, cli.ExitUsage, "arrow, parquet"},
		{"table format without tables", "", []string{"--table-format", "parquet", commandtest.Tiny}, cli.ExitUsage, "--output"},
		{"no folder for the report", "", []string{"--report", "none/x.html", commandtest.Tiny}, cli.ExitFailure, "cannot write none/x.html"},
		{"no plot file", "", []string{"--plot", "", commandtest.Tiny}, cli.ExitUsage, "--plot is empty"},
		{"unknown kind of plot", "", []string{"--plot", "x.gif", commandtest.Tiny}, cli.ExitUsage, "x.gif"},
		{"plot over a folder", "", []string{"--plot", svgFolder, commandtest.Tiny}, cli.ExitFailure, "is a directory"},
		{"bad format", "", []string{"--format", "xml", commandtest.Tiny}, cli.ExitUsage, "table, json, csv, markdown"},
		{"bad top", "", []string{"--top", "-1", commandtest.Tiny}, cli.ExitUsage, "--top"},
		{"bad ratio", "", []string{"--tail-ratio", "8.67", commandtest.Tiny}, cli.ExitUsage, "between 0 and 1"},
		{"ratio is no number", "", []string{"--tail-ratio", "NaN", commandtest.Tiny}, cli.ExitUsage, "between 0 and 1"},
		{"stdin twice", "", []string{"-", "-"}, cli.ExitUsage, "standard input"},
		{"the same file", "", []string{commandtest.Tiny, "./../testdata"}, cli.ExitUsage, "count twice"},
		{"missing", "", []string{"../testdata/none.json"}, cli.ExitFailure, "../testdata/none.json"},
		{"folder without annotations", "", []string{t.TempDir()}, cli.ExitFailure, "no training annotations"},
		{"truncated", `{"images": [`, []string{"-"}, cli.ExitFailure, "stdin: line 1, column 13"},
		{"empty", ``, []string{"-"}, cli.ExitFailure, "empty"},
		{"not writable", "", []string{"-o", filepath.Join(blocked, "x"), commandtest.Tiny}, cli.ExitFailure, blocked},
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
	out, errs, code := analyze(ctx, "", "-o", dir, commandtest.Tiny)
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
		{"analyze", "--columns", "supercategory\n"}, {"analyze", "--table-format", "parquet\n"},
		{"validate", "--format", "json\n"}, {"compare", "--by", "id\n"}, {"compare", "--sort", "ratio\n"},
		{"weights", "--alpha", "effective\n"}, {"weights", "--schedule", "deferred-linear\n"},
		{"weights", "--eta-reading", "power\n"}, {"weights", "--update", "step\n"},
	} {
		out, _, code := cocostat(t.Context(), "", "__complete", c.command, c.flag, "")
		if code != 0 || !strings.Contains(out, c.want) {
			t.Errorf("completion of %s %s: exit code %d, %q lacks %q", c.command, c.flag, code, out, c.want)
		}
	}
	if out, _, _ := cocostat(t.Context(), "", "__complete", "analyze", "--columns", "id,na"); !strings.Contains(out, "id,name\n") {
		t.Errorf("completion of a list: %q", out)
	}
	if out, _, _ := cocostat(t.Context(), "", "__complete", "analyze", "--strict=w"); !strings.Contains(out, "warning\n") {
		t.Errorf("completion of an optional value: %q", out)
	}
	if out, _, _ := cocostat(t.Context(), "", "__complete", "validate", ""); !strings.Contains(out, "zip\n") {
		t.Errorf("completion of a file: %q", out)
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
