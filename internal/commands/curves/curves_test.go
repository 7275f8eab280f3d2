package curves

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
)

// Two epochs as train writes them, the second evaluated, without a tail.
const twoEpochs = `{"epoch":1,"steps":4,"lambda":0,"lr":0.0005,"loss":90.5,"loss_heatmap":80,"loss_size":90,"loss_offset":1.5,"seconds":2,"images_per_second":12}
{"epoch":2,"steps":8,"lambda":1,"lr":0.00001,"loss":9.25,"loss_heatmap":8,"loss_size":9,"loss_offset":0.35,"seconds":2,"images_per_second":12,"val":{"ap":0.25,"ap50":0.5,"ap75":0.125,"ap_small":null,"ap_medium":null,"ap_large":0.25,"ap_tail":null,"ap_head":0.25}}
`

// runFolder makes a run folder with these metrics.
func runFolder(t *testing.T, name, metrics string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"config.json": "{}"}
	if metrics != "" {
		files["metrics.jsonl"] = metrics
	}
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func curves(args ...string) (code int, out, errs string) {
	out, errs, code = cocostat(context.Background(), "", append([]string{"curves"}, args...)...)
	return code, out, errs
}

func TestCurvesNumbers(t *testing.T) {
	dir := runFolder(t, "bofl", twoEpochs)
	code, out, errs := curves(dir, "--format", "csv")
	want := "run,epoch,steps,lambda,lr,loss,loss_heatmap,loss_size,loss_offset,images_per_second,ap,ap50,ap75,ap_tail,ap_head\n" +
		"bofl,1,4,0,0.0005,90.5,80,90,1.5,12,,,,,\n" +
		"bofl,2,8,1,1e-05,9.25,8,9,0.35,12,0.25,0.5,0.125,,0.25\n"
	if code != cli.ExitOK || out != want {
		t.Errorf("exit %d, %s\n%s", code, errs, out)
	}
	code, out, errs = curves(filepath.Join(dir, "metrics.jsonl"), "--format", "json")
	var rows []map[string]any
	if err := json.Unmarshal([]byte(out), &rows); code != cli.ExitOK || err != nil || len(rows) != 2 {
		t.Fatalf("exit %d, %v, %s\n%s", code, err, errs, out)
	}
	val, _ := rows[1]["val"].(map[string]any)
	if rows[0]["run"] != "bofl" || rows[0]["val"] != nil || val["ap"] != 0.25 || val["ap_tail"] != nil {
		t.Errorf("rows %v", rows)
	}
	code, out, _ = curves(dir)
	for _, words := range []string{"bofl: 2 epochs", "90.500", "1.00e-05", "0.125", "–"} {
		if code != cli.ExitOK || !strings.Contains(out, words) {
			t.Errorf("exit %d, no %q in\n%s", code, words, out)
		}
	}
}

// Runs of one name are told apart by as many folders above as it takes.
func TestCurvesNames(t *testing.T) {
	root := t.TempDir()
	at := func(name string) string {
		dir := filepath.Join(root, name)
		if err := os.CopyFS(dir, os.DirFS(runFolder(t, "run", twoEpochs))); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	a := at("a/ours/seed-1")
	code, out, errs := curves(a, at("b/ours/seed-1"), at("b/focal/seed-1"), at("b/ours/seed-2"), a, "--format", "csv")
	var names []string
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if name, _, _ := strings.Cut(line, ","); i%2 == 1 {
			names = append(names, name)
		}
	}
	if got := strings.Join(names, " "); code != cli.ExitOK || got != "a/ours/seed-1 b/ours/seed-1 focal/seed-1 seed-2 a/ours/seed-1" {
		t.Errorf("exit %d, names %s\n%s", code, got, errs)
	}
}

// Runs of one name are told apart by the folder above; one without an epoch is
// told and left out.
func TestCurvesPicture(t *testing.T) {
	a, b, begun := runFolder(t, "x/1", twoEpochs), runFolder(t, "y/1", twoEpochs), runFolder(t, "begun", "")
	picture := filepath.Join(t.TempDir(), "curves.svg")
	code, out, errs := curves(a, b, begun, "-o", picture)
	if code != cli.ExitOK || out != "" || !strings.Contains(errs, "begun: no epoch is finished yet") || !strings.Contains(errs, "wrote "+picture) {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}
	svg, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{">x/1<", ">y/1<", ">AP of the head<", ">not measured<"} {
		if !strings.Contains(string(svg), words) {
			t.Errorf("%q is missing", words)
		}
	}
}

func TestCurvesErrors(t *testing.T) {
	good := runFolder(t, "good", twoEpochs)
	line := strings.SplitAfter(twoEpochs, "\n")[0]
	torn := runFolder(t, "torn", line+`{"epoch":2,"st`)
	if code, out, errs := curves(torn, "--format", "csv"); code != cli.ExitOK || strings.Count(out, "\n") != 2 || !strings.Contains(errs, "metrics.jsonl:2: the last line is not whole") {
		t.Errorf("torn: exit %d, %q, %q", code, out, errs)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"broken line":    {[]string{runFolder(t, "broken", line+"{\"epoch\":2,\"st\n"+line)}, cli.ExitFailure, "metrics.jsonl:2: "},
		"epoch again":    {[]string{runFolder(t, "again", line+line)}, cli.ExitFailure, "metrics.jsonl:2: epoch 1 does not follow"},
		"no run":         {[]string{t.TempDir()}, cli.ExitFailure, "is no run folder"},
		"missing":        {[]string{"/nonexistent/run"}, cli.ExitFailure, "/nonexistent/run"},
		"nothing yet":    {[]string{runFolder(t, "begun", "")}, cli.ExitFailure, "no run has finished an epoch yet"},
		"no arguments":   {nil, cli.ExitUsage, "at least 1 arg"},
		"picture format": {[]string{good, "-o", "curves.gif"}, cli.ExitUsage, "must be .png or .svg"},
		"number format":  {[]string{good, "--format", "xml"}, cli.ExitUsage, `--format "xml"`},
	} {
		code, out, errs := curves(c.args...)
		if code != c.code || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, %q, %q; want %d and %q", name, code, out, errs, c.code, c.want)
		}
	}
}
