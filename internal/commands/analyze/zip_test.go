package analyze

import (
	"archive/zip"
	"os"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
)

// Members of an archive are read, completed, and not counted twice.
func TestZip(t *testing.T) {
	text, err := os.ReadFile(commandtest.TrainJSON)
	if err != nil {
		t.Fatal(err)
	}
	want, _, _ := analyze(t.Context(), "", "--format", "csv", "--tail-ratio", "0.4", commandtest.TrainJSON)
	t.Chdir(t.TempDir())
	f, err := os.Create("set.zip")
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, name := range []string{"annotations/instances_train.json", "annotations/copy.json", "images/1.jpg"} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	const member, other = "set.zip:annotations/instances_train.json", "set.zip:annotations/copy.json"
	if got, errs, code := analyze(t.Context(), "", "--format", "csv", "--tail-ratio", "0.4", member); code != cli.ExitOK || errs != "" || got != want {
		t.Errorf("exit code %d, stderr %q\n%s\nwant\n%s", code, errs, got, want)
	}
	if out, errs, code := cocostat(t.Context(), "", "compare", member, other); code != cli.ExitOK || !strings.Contains(out, member) {
		t.Errorf("compare: exit code %d, stderr %q\n%s", code, errs, out)
	}
	out, _, _ := cocostat(t.Context(), "", "__complete", "analyze", "set.zip:annotations/i")
	if !strings.Contains(out, member+"\n") || strings.Contains(out, ".jpg") {
		t.Errorf("completion %q", out)
	}
	for _, args := range [][]string{{member, "./" + member}, {"set.zip", member}, {"--plot", "link.svg", member}} {
		if err := os.Symlink("set.zip", "link.svg"); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
		if _, errs, code := analyze(t.Context(), "", args...); code != cli.ExitUsage {
			t.Errorf("%q: exit code %d, stderr %q", args, code, errs)
		}
	}
}
