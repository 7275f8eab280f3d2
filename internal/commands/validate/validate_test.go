package validate

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
)

func TestValidateExitCodes(t *testing.T) {
	clean, noted := commandtest.WithoutProblems(t)
	warned := strings.Replace(noted, `[1,1,4,4]`, `[1,1,4,0]`, 1)
	wrong := strings.Replace(warned, `"annotations":[`, `"annotations":[{"id":2,"image_id":7,"category_id":1,"bbox":[1,1,4,4],"area":16},`, 1)
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name, stdin string
		ctx         context.Context
		args        []string
		code        int
		says        string // on standard output, or on standard error where it failed
	}{
		{"clean", clean, t.Context(), []string{"-"}, 0, "no problems in 1 image, 1 annotation, 1 class\n"},
		{"note", noted, t.Context(), []string{"-"}, 0, "0 errors, 0 warnings, 1 note in"},
		{"warning", warned, t.Context(), []string{"-"}, 3, "0 errors, 1 warning, 1 note in"},
		{"error", wrong, t.Context(), []string{"-"}, 4, "1 error, 1 warning, 1 note in"},
		{"not JSON", clean[:60], t.Context(), []string{"-"}, 1, "stdin: line 1, column 61"},
		{"not COCO", `{"a":1}`, t.Context(), []string{"-"}, 1, "not a COCO-format annotation file"},
		{"missing", "", t.Context(), []string{"../testdata/none.json"}, 1, "../testdata/none.json"},
		{"missing in an archive", "", t.Context(), []string{"../testdata/none.zip:a.json"}, 1, "../testdata/none.zip"},
		{"bad format", "", t.Context(), []string{"--format", "xml", commandtest.Tiny}, 2, "table, json, csv, markdown"},
		{"no file", "", t.Context(), nil, 2, "requires at least 1 arg"},
		{"a member twice", "", t.Context(), []string{"x.zip:a.json", "./x.zip:a.json"}, 2, "count twice"},
		{"interrupted", clean, interrupted, []string{"-"}, cli.ExitInterrupted, "interrupted"},
	} {
		out, errs, code := cocostat(c.ctx, c.stdin, append([]string{"validate"}, c.args...)...)
		said := errs
		if code == 0 || code >= 3 && code <= 4 {
			if said = out; errs != "" {
				t.Errorf("%s: stderr %q", c.name, errs)
			}
		} else if out != "" {
			t.Errorf("%s: stdout %q", c.name, out)
		}
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%s: exit code %d, want %d; %q lacks %q", c.name, code, c.code, said, c.says)
		}
	}
}

// A clean file is an empty list for machines.
func TestValidateCleanForMachines(t *testing.T) {
	clean, _ := commandtest.WithoutProblems(t)
	out, _, code := cocostat(t.Context(), clean, "validate", "--format", "json", "-")
	var v struct {
		Worst    *string
		Problems []any
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 || v.Worst == nil || *v.Worst != "" || v.Problems == nil || len(v.Problems) > 0 {
		t.Errorf("exit code %d, %v: %s", code, err, out)
	}
	out, _, _ = cocostat(t.Context(), clean, "validate", "--format", "csv", "-")
	if rows, err := csv.NewReader(strings.NewReader(out)).ReadAll(); err != nil || len(rows) != 1 {
		t.Errorf("csv %q, %v", out, err)
	}
}
