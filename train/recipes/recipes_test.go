package recipes_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cocostat/train/recipes"
)

// paper are the published values, typed from the tables of the paper: AP, AP50,
// AP75 and, in table 1, APs, APm, APl; in table 11 AP of tail and head.
var paper = []struct {
	recipe, label string
	values        []float64
}{
	{"table1/baseline", "Baseline", []float64{26.4, 43.4, 27.4, 9.2, 27.2, 41.5}},
	{"table1/wf", "+WF", []float64{25.9, 43.8, 26.2, 10.3, 26.1, 40.8}},
	{"table1/wf-ls", "+WF +LS", []float64{27.2, 45.1, 28.1, 10.2, 28.1, 42.4}},
	{"table1/bb", "+BB", []float64{26.3, 42.8, 27.4, 9.5, 26.8, 41.3}},
	{"table1/bb-ls", "+BB +LS", []float64{27.1, 44.8, 28.3, 10.5, 28.0, 42.1}},
	{"table1/ours", "+WF +BB +LS (Ours)", []float64{27.6, 45.6, 28.7, 10.3, 28.3, 42.1}},
	{"table2/eta-0.6", "η = 0.6", []float64{27.5, 45.3, 28.6}},
	{"table2/eta-0.7", "η = 0.7", []float64{27.4, 45.1, 28.4}},
	{"table2/eta-0.8", "η = 0.8", []float64{27.6, 45.6, 28.7}},
	{"table2/eta-0.9", "η = 0.9", []float64{27.1, 45.1, 28.1}},
	{"table3/mobilenet-v3", "Mobilenet v3", []float64{26.2, 44.2, 27.0}},
	{"table3/mobilenet-v3-bofl", "Mobilenet v3 +BOFL", []float64{27.3, 45.8, 28.2}},
	{"table3/resnet18", "Resnet 18", []float64{30.0, 47.4, 31.5}},
	{"table3/resnet18-bofl", "Resnet 18 +BOFL", []float64{30.4, 48.1, 32.1}},
	{"table3/resnet101", "Resnet 101", []float64{35.0, 53.5, 37.1}},
	{"table3/resnet101-bofl", "Resnet 101 +BOFL", []float64{35.0, 53.7, 37.3}},
	{"table3/dla34", "DLA 34", []float64{37.2, 55.0, 40.2}},
	{"table3/dla34-bofl", "DLA 34 +BOFL", []float64{37.6, 55.8, 40.6}},
	{"table4/deferred-1", "DRW 1", []float64{27.6, 45.7, 28.7}},
	{"table4/deferred-5", "DRW 5", []float64{27.6, 45.6, 28.7}},
	{"table4/deferred-15", "DRW 15", []float64{27.3, 45.0, 28.1}},
	{"table4/deferred-25", "DRW 25", []float64{27.3, 45.1, 28.3}},
	{"table5/constant", "constant", []float64{25.9, 43.8, 26.2}},
	{"table5/deferred", "deferred", []float64{26.0, 43.2, 26.6}},
	{"table5/linear", "linear", []float64{27.4, 45.4, 28.1}},
	{"table5/deferred-linear", "ours", []float64{27.6, 45.6, 28.7}},
	{"table6/step", "step decay", []float64{26.4, 43.6, 27.1}},
	{"table6/step-bofl", "step decay +BOFL", []float64{26.9, 44.5, 27.8}},
	{"table6/cosine", "cosine", []float64{26.4, 43.4, 27.4}},
	{"table6/cosine-bofl", "cosine +BOFL", []float64{27.6, 45.6, 28.7}},
	{"table7/step", "Step", []float64{27.3, 45.2, 28.4}},
	{"table7/epoch", "Epoch", []float64{27.6, 45.6, 28.7}},
	{"table8/sigmoid", "Sigmoid", []float64{26.0, 44.1, 26.8}},
	{"table8/sigmoid-bofl", "Sigmoid +BOFL", []float64{26.6, 44.9, 27.4}},
	{"table8/focal", "Focal loss", []float64{26.4, 43.4, 27.4}},
	{"table8/focal-bofl", "Focal loss +BOFL", []float64{27.6, 45.6, 28.7}},
	{"table9/resnet50", "FCOS R50", []float64{36.4, 55.5, 38.7}},
	{"table9/resnet50-bofl", "FCOS R50 +BOFL", []float64{36.8, 56.2, 39.2}},
	{"table9/mobilenet-v2", "FCOS MV2", []float64{30.4, 47.5, 32.1}},
	{"table9/mobilenet-v2-bofl", "FCOS MV2 +BOFL", []float64{31.1, 48.6, 32.8}},
	{"table10/baseline", "Baseline", []float64{26.4, 43.4, 27.4}},
	{"table10/cbl", "CBL", []float64{25.1, 41.3, 26.1}},
	{"table10/cbl-linear", "CBL +linear", []float64{26.5, 44.0, 27.3}},
	{"table10/cbl-approx", "CBL +linear +approx.", []float64{26.6, 44.4, 27.7}},
	{"table10/cbl-class-wise", "CBL +linear +approx. +class-wise", []float64{27.2, 45.1, 28.1}},
	{"table10/eql", "EQL", []float64{25.7, 42.4, 26.8}},
	{"table10/ours", "Ours", []float64{27.6, 45.6, 28.7}},
	{"table11/baseline", "Baseline", []float64{27.9, 25.8}},
	{"table11/eql", "EQL", []float64{25.4, 25.8}},
	{"table12/baseline", "Baseline", []float64{14.1, 25.4, 13.9}},
	{"table12/eql", "EQL", []float64{13.3, 24.1, 13.1}},
	{"table12/eql-bg50", "EQL (bg. 50%)", []float64{13.6, 24.6, 13.3}},
	{"table12/ours", "Ours", []float64{10.8, 20.7, 10.0}},
	{"table12/ours-intensity5", "Ours (intensity 5%)", []float64{15.0, 27.0, 14.9}},
}

func TestPublishedValues(t *testing.T) {
	var all []recipes.Recipe
	for _, table := range recipes.Tables() {
		if table.Title == "" || table.Dataset == "" {
			t.Errorf("%s has no title or no dataset", table.Name)
		}
		all = append(all, table.Recipes()...)
	}
	if len(all) != len(paper) {
		t.Fatalf("%d recipes, the paper has %d rows", len(all), len(paper))
	}
	for i, want := range paper {
		metrics := recipes.Metrics[:len(want.values)]
		if len(want.values) == 2 {
			metrics = []string{"AP tail", "AP head"}
		}
		published := recipes.Published{}
		for k, m := range metrics {
			published[m] = want.values[k]
		}
		r := all[i]
		if r.Name != want.recipe || r.Label != want.label {
			t.Errorf("row %d is %s %q, want %s %q", i, r.Name, r.Label, want.recipe, want.label)
		}
		if d := cmp.Diff(published, r.Published); d != "" {
			t.Errorf("%s: published values differ:\n%s", r.Name, d)
		}
	}
}

// The authors' sentences: "AP gains of +0.8", "+0.7 AP", "+1.2 AP", "+0.5 AP",
// "-1.3 AP", "-0.7 AP", "-0.8 AP", "-3.3 AP" (sections 5.2, 5.4, 5.7, 5.8).
func TestDifferencesOfTheText(t *testing.T) {
	for name, want := range map[string]float64{
		"table1/wf-ls": 0.8, "table1/bb-ls": 0.7, "table1/ours": 1.2, "table6/step-bofl": 0.5, "table6/cosine-bofl": 1.2,
		"table10/cbl": -1.3, "table10/eql": -0.7, "table12/eql": -0.8, "table12/ours": -3.3,
	} {
		row, against := open(t, name), recipes.Recipe{}
		if against = open(t, row.Against); against.Table != row.Table {
			t.Errorf("%s is compared with %s of another table", name, against.Name)
		}
		if got := row.Published["AP"] - against.Published["AP"]; got < want-0.01 || got > want+0.01 {
			t.Errorf("%s: difference %.1f, the text says %.1f", name, got, want)
		}
	}
}

func open(t *testing.T, name string) recipes.Recipe {
	t.Helper()
	r, err := recipes.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Settings of section 5.1, and of the rows' own sections.
func TestSettings(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"table1/baseline":         {"loss": "focal", "epochs": "140", "batch": "32", "accumulate": "4", "size": "512", "lr": "", "lr-schedule": "cosine", "warmup": "500", "weight-decay": "1e-4", "eta": ""},
		"table1/wf":               {"loss": "focal+wf", "intensity": "1", "schedule": "", "eta": ""},
		"table1/ours":             {"loss": "bofl", "eta": "0.8", "schedule": "deferred-linear", "deferred-epochs": "5", "update": "epoch"},
		"table2/eta-0.6":          {"eta": "0.6"},
		"table4/deferred-25":      {"deferred-epochs": "25"},
		"table5/constant":         {"schedule": "constant", "deferred-epochs": ""},
		"table6/step-bofl":        {"lr-schedule": "step", "lr-drops": "90,120"},
		"table7/step":             {"update": "step"},
		"table8/sigmoid":          {"loss": "ce", "heatmap-bias": "-5.293304824724492"}, // -log((1-0.005)/0.005), by Python
		"table10/cbl-linear":      {"loss": "cbl+linear", "schedule": "deferred-linear"},
		"table12/eql-bg50":        {"loss": "eql", "background-weight": "0.5"},
		"table12/ours-intensity5": {"loss": "bofl", "intensity": "0.05"},
	} {
		settings := open(t, name).Settings
		for flag, value := range want {
			got, has := settings.Get(flag)
			if got != value || has != (value != "") {
				t.Errorf("%s: %s is %q (set: %v), want %q", name, flag, got, has, value)
			}
		}
	}
}

// Every file is a row of a table or extended by one, or that of small sets.
func TestNoFileIsLeftOver(t *testing.T) {
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		name, is := strings.CutSuffix(path, ".yaml")
		if err != nil || !is || name == "tables" || name == recipes.Small || strings.HasPrefix(name, "parts/") {
			return err
		}
		table, row, _ := strings.Cut(name, "/")
		known, err := recipes.FindTable(table)
		if err != nil || !slices.Contains(known.Rows, row) {
			t.Errorf("%s is in no table", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What YAML writes is a recipe with the same settings.
func TestYAMLRoundTrip(t *testing.T) {
	for _, row := range paper {
		r := open(t, row.recipe)
		text, err := r.YAML()
		if err != nil {
			t.Fatal(err)
		}
		path := write(t, string(text))
		again := open(t, path)
		again.Name, again.Table = r.Name, r.Table
		if d := cmp.Diff(r, again); d != "" {
			t.Errorf("%s: written and read:\n%s", r.Name, d)
		}
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOwnFile(t *testing.T) {
	r := open(t, write(t, "extends: [table1/ours]\nsettings:\n  eta: 0.9\n  --neck: [64, 32]\n  warmup:\n  test-flip: true\n"))
	want := map[string]string{"eta": "0.9", "neck": "64,32", "test-flip": "true", "loss": "bofl"}
	for flag, value := range want {
		if got, _ := r.Settings.Get(flag); got != value {
			t.Errorf("%s is %q, want %q", flag, got, value)
		}
	}
	if _, has := r.Settings.Get("warmup"); has {
		t.Error("null does not leave the warm-up out")
	}
	if got, _ := open(t, "table1/ours").Settings.Get("eta"); got != "0.8" {
		t.Errorf("the extended recipe changed: eta %s", got)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":     {"titel: x\n", "titel"},
		"empty":           {"", "empty"},
		"two documents":   {"label: a\n---\nlabel: b\n", "one"},
		"unknown metric":  {"published: {AP42: 1}\n", `unknown metric "AP42"`},
		"no percentage":   {"published: {AP: 270}\n", "no percentage"},
		"unknown parent":  {"extends: [table1/nothing]\n", `no recipe "table1/nothing"`},
		"parent outside":  {"extends: [../table1/ours]\n", `no recipe "../table1/ours"`},
		"nested setting":  {"settings: {lr: {a: 1}}\n", "line 1: lr: want a plain value"},
		"twice":           {"settings:\n  lr: 1\n  lr: 2\n", "twice"},
		"list of lists":   {"settings: {neck: [[1]]}\n", "item 1"},
		"settings a list": {"settings: [lr]\n", "mapping"},
	} {
		_, err := recipes.Open(write(t, c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if _, err := recipes.Open("none.yaml"); err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("missing file: %v", err)
	}
	if _, err := recipes.FindTable("table13"); err == nil || !strings.Contains(err.Error(), "table1") {
		t.Errorf("missing table: %v", err)
	}
}

// By hand: 35 of 140 epochs are a quarter.
func TestScale(t *testing.T) {
	step := recipes.Settings{{Flag: "epochs", Value: "140"}, {Flag: "warmup", Value: "500"}, {Flag: "deferred-epochs", Value: "15"}, {Flag: "lr-drops", Value: "90,120"}}
	for _, c := range []struct {
		epochs, steps int
		want          string
	}{
		{140, 924, "--epochs 140 --warmup 500 --deferred-epochs 15 --lr-drops 90,120"},
		{35, 924, "--epochs 35 --warmup 125 --deferred-epochs 4 --lr-drops 23,30"},
		{35, 10, "--epochs 35 --warmup 35 --deferred-epochs 4 --lr-drops 23,30"}, // a tenth of 350 steps
		{2, 924, "--epochs 2 --warmup 7 --deferred-epochs 1 --lr-drops 1"},
		{1, 924, "--epochs 1 --warmup 4 --deferred-epochs 1"},
		{280, 924, "--epochs 280 --warmup 500 --deferred-epochs 15 --lr-drops 90,120"},
	} {
		got, err := step.Scale(c.epochs, c.steps)
		if err != nil || got.String() != c.want {
			t.Errorf("%d epochs of %d steps: %v (%v), want %s", c.epochs, c.steps, got, err, c.want)
		}
	}
	zero := recipes.Settings{{Flag: "epochs", Value: "140"}, {Flag: "warmup", Value: "-1"}, {Flag: "deferred-epochs", Value: "0"}}
	if got, err := zero.Scale(14, 100); err != nil || got.String() != "--epochs 14 --warmup -1 --deferred-epochs 0" {
		t.Errorf("nothing to scale: %v (%v)", got, err)
	}
	if _, err := zero.With("warmup", "long").Scale(14, 100); err == nil {
		t.Error("a warm-up that is no number is accepted")
	}
}
