package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/internal/commands/shared/output"
)

const shardJSON = "testdata/shards/shard.json"

// made is when a report was made.
var made = regexp.MustCompile(`<time .*?</time>`)

// filesIn returns the contents of a folder by name, without the time in them.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v, %v", dir, names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = made.ReplaceAllString(string(data), "")
	}
	return out
}

// Whatever is made of annotation files is made of their tables, byte for byte.
func TestTablesAsInput(t *testing.T) {
	files := []string{trainJSON, shardJSON, tiny}
	byName := []string{"--merge-by", "name"}
	merged := asTables(t, asTables(t, trainJSON), shardJSON, "--table-format", "parquet", "--merge-by", "name")
	for what, inputs := range map[string][]string{
		"a folder":            {asTables(t, append(byName, files...)...)},
		"three folders":       {asTables(t, trainJSON), asTables(t, shardJSON), asTables(t, tiny)},
		"merged from tables":  {merged, asTables(t, tiny)},
		"files among folders": {trainJSON, asTables(t, shardJSON), tiny},
	} {
		for _, args := range [][]string{
			{"analyze"}, {"analyze", "--format", "json"}, {"analyze", "--format", "csv"}, {"analyze", "--format", "markdown", "--no-crowd"},
			{"analyze", "--leave-out", "cat", "--report", "DIR/report.html", "--plot", "DIR/plot.svg"},
			{"analyze", "-o", "DIR"}, {"analyze", "-o", "DIR", "--table-format", "parquet"},
			{"validate", "--format", "json"}, {"validate", "--format", "csv"},
			{"weights", "-o", "DIR/weights.arrow", "--images", "DIR/images.arrow"},
			{"weights", "-o", "DIR/weights.json", "--count", "all", "--format", "json"},
		} {
			var out [2]string
			var written [2]map[string]string
			for i, paths := range [][]string{files, inputs} {
				dir := t.TempDir()
				all := append(slices.Clone(args), byName...)
				for k := range all {
					all[k] = strings.ReplaceAll(all[k], "DIR", dir)
				}
				printed, errs, code := cocostat(t.Context(), "", append(all, paths...)...)
				if code != 0 && args[0] != "validate" {
					t.Fatalf("%s, %q: exit code %d, %s", what, all, code, errs)
				}
				if out[i] = printed; slices.ContainsFunc(args, func(a string) bool { return strings.Contains(a, "DIR") }) {
					written[i] = filesIn(t, dir)
				}
			}
			if out[0] != out[1] || out[0] == "" {
				t.Errorf("%s, %q prints\n%s\nin one run\n%s", what, args, out[1], out[0])
			}
			for name, want := range written[0] {
				if written[1][name] != want {
					t.Errorf("%s, %q: %s differs", what, args, name)
				}
			}
		}
	}
}

// A part that holds nothing by itself needs --shard, and its tables count.
func TestShardOfNothing(t *testing.T) {
	empty := commandtest.WriteText(t, "empty.json", `{"images": [], "annotations": [], "categories": []}`)
	dir := filepath.Join(t.TempDir(), "tables")
	if _, errs, code := cocostat(t.Context(), "", "analyze", empty, "-o", dir); code != 1 || !strings.Contains(errs, "--shard writes its tables all the same") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	if _, errs, code := cocostat(t.Context(), "", "analyze", "--shard", empty); code != cli.ExitUsage || !strings.Contains(errs, "-o") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	for _, format := range output.Formats {
		if _, errs, code := cocostat(t.Context(), "", "analyze", "--shard", "--leave-out", "cat", "--format", format, "--plot", filepath.Join(t.TempDir(), "p.svg"), empty, "-o", dir); code != 0 {
			t.Errorf("exit code %d, %s", code, errs)
		}
	}
	want, _, _ := cocostat(t.Context(), "", "analyze", "--leave-out", "cat", "--format", "json", empty, trainJSON)
	if got, errs, code := cocostat(t.Context(), "", "analyze", "--leave-out", "cat", "--format", "json", dir, trainJSON); code != 0 || got != want {
		t.Errorf("exit code %d, %s%s, want %s", code, errs, got, want)
	}
}

// Folders that cannot be meant, or not so.
func TestOddFolders(t *testing.T) {
	tables := asTables(t, trainJSON)
	both := t.TempDir()
	if err := os.CopyFS(both, os.DirFS(tables)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(both, os.DirFS(filepath.Dir(trainJSON))); err != nil {
		t.Fatal(err)
	}
	half := t.TempDir()
	if err := os.WriteFile(filepath.Join(half, "images.arrow"), []byte(filesIn(t, tables)["images.arrow"]), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{1, "no training annotations in", []string{"analyze", t.TempDir()}},
		{1, "there are no tables of 'cocostat analyze -o' either", []string{"weights", t.TempDir()}},
		{1, "holds tables that 'cocostat analyze -o' wrote, and annotations (" + both, []string{"analyze", both}},
		{1, "it holds images.arrow and no merge.cocostat", []string{"weights", half}},
		{cli.ExitUsage, "holds tables that are an input and would be overwritten", []string{"analyze", tables, "-o", tables}},
		{cli.ExitUsage, "are the same file, whose annotations would count twice", []string{"analyze", tables, tables + "/."}},
		{1, trainJSON + " is counted twice", []string{"analyze", tables, trainJSON}},
		{cli.ExitUsage, "no category has the name or id \"cra\"", []string{"weights", "--leave-out", "cra", tables}},
		{1, "its tables were written with --no-crowd", []string{"weights", asTables(t, "--no-crowd", trainJSON)}},
	} {
		args := c.args
		if args[0] == "weights" {
			args = append(slices.Clone(args), "-o", filepath.Join(t.TempDir(), "w.arrow"))
		}
		if _, errs, code := cocostat(t.Context(), "", args...); code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%q: exit code %d, %s; want %d and %q", args, code, errs, c.code, c.says)
		}
	}
}

// Categories are united by name where that is asked for; ids that are new are
// told of, and so are annotations that CSV leaves out.
func TestMergeByName(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, categories := range map[string]string{"a": `{"id": 1, "name": "dog"}`, "b": `{"id": 1, "name": "cat"}`} {
		text := fmt.Sprintf(`{"images": [{"id": "%s", "file_name": "%s.jpg"}], "categories": [%s],
"annotations": [{"id": "%s1", "image_id": "%s", "category_id": 1}, {"id": "%s2", "image_id": "%s", "caption": "x"}]}`, name, name, categories, name, name, name, name)
		if err := os.WriteFile(name+".json", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, errs, code := cocostat(t.Context(), "", "analyze", "a.json", "b.json"); code != cli.ExitFailure || !strings.Contains(errs, "--by name") {
		t.Errorf("by id: exit code %d, %q", code, errs)
	}
	out, errs, code := cocostat(t.Context(), "", "analyze", "--merge-by", "name", "--format", "csv", "--columns", "name,id,instances", "a.json", "b.json")
	if code != 0 || !strings.Contains(out, "dog,2,1") || !strings.Contains(out, "cat,1,1") ||
		!strings.Contains(errs, "numbered from 1") || !strings.Contains(errs, "2 of 4 annotations are not counted") {
		t.Errorf("by name: exit code %d, %q, output\n%s", code, errs, out)
	}
	if out, _, _ := cocostat(t.Context(), "", "validate", "--merge-by", "name", "a.json", "b.json"); !strings.Contains(out, `id "a2" at byte`) {
		t.Errorf("no text of an identifier in\n%s", out)
	}
	if _, _, code := cocostat(t.Context(), "", "validate", "--merge-by", "colour", "a.json"); code != cli.ExitUsage {
		t.Errorf("--merge-by colour: exit code %d", code)
	}
}

// asTables counts files into a folder of tables.
func asTables(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tables")
	if _, errs, code := cocostat(t.Context(), "", append([]string{"analyze", "-o", dir}, args...)...); code != 0 {
		t.Fatal(errs)
	}
	return dir
}
