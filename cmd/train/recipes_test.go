package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/train"
	"cocostat/train/recipes"
)

// Every recipe passes the checks of the command's own flags.
func TestRecipesAreAccepted(t *testing.T) {
	for _, table := range recipes.Tables() {
		for _, name := range table.Names() {
			o, cmd := newTraining(cli.Streams{})
			o.recipe, o.dataset = name, "data"
			if err := o.resolve(cmd); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if c := o.config; c.Recipe != name || c.Epochs != 140 || c.Batch != 128 || c.Model.Backbone != "mobilenet_v2" {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
}

func TestRecipeRefused(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown":           {[]string{"a", "--recipe", "table9/r50"}, `no recipe "table9/r50"`},
		"unknown setting":   {[]string{"a", "--recipe", file("a.yaml", "settings: {learning-rate: 1}\n")}, "learning-rate is no setting"},
		"no setting":        {[]string{"a", "--recipe", file("b.yaml", "settings: {resume: x}\n")}, "resume is no setting"},
		"bad value":         {[]string{"a", "--recipe", file("c.yaml", "settings: {lr: fast}\n")}, "fast"},
		"beside resume":     {[]string{"--resume", "a", "--recipe", "table1/ours"}, "--recipe cannot be changed"},
		"drops too late":    {[]string{"a", "--recipe", "table6/step", "--epochs", "30"}, "the recipe table6/step sets"},
		"loss without eta":  {[]string{"a", "--recipe", "table1/ours", "--loss", "focal"}, "the recipe table1/ours sets"},
		"print unknown":     {[]string{"recipes", "nothing"}, `no recipe "nothing"`},
		"format of list":    {[]string{"recipes", "--format", "xml"}, "xml"},
		"reproduce nothing": {[]string{"reproduce"}, "at least 1 arg"},
	} {
		code, out, errs := run(t, context.Background(), c.args...)
		if code != cli.ExitUsage || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit %d, output %q, %q; want %d and %q", name, code, out, errs, cli.ExitUsage, c.want)
		}
	}
}

// A recipe's values are defaults; what is given stays, and the run remembers
// the name.
func TestTrainRecipe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	args := append([]string{smallSet(t), "-o", dir, "--recipe", "table12/ours-intensity5", "--eta", "0.7", "-q"}, tiny...)
	if code, _, errs := run(t, context.Background(), args...); code != cli.ExitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	c, err := train.ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.Recipe != "table12/ours-intensity5" || c.Balance.Intensity != 0.05 || c.Balance.Eta != 0.7 || c.Balance.DeferredEpochs != 5 || c.Batch != 6 || c.Warmup != 500 {
		t.Errorf("configuration %+v, balance %+v", c, *c.Balance)
	}
}

func TestListRecipes(t *testing.T) {
	_, table, _ := run(t, context.Background(), "recipes")
	for _, want := range []string{"table1/ours ", "+WF +BB +LS (Ours)                27.6  --loss bofl\n", "--lr-schedule step --lr-drops 90,120", "--epochs 140"} {
		if !strings.Contains(table, want) {
			t.Errorf("the list lacks %q:\n%s", want, table)
		}
	}
	if _, text, _ := run(t, context.Background(), "recipes", "--format", "markdown"); !strings.Contains(text, "| table1/wf | +WF | 25.9 |") {
		t.Errorf("Markdown:\n%s", text)
	}
	_, text, _ := run(t, context.Background(), "recipes", "--format", "csv")
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(lines) != 43 {
		t.Errorf("CSV: %d lines, want 42 rows and the header (%v)", len(lines), err)
	}
	_, text, _ = run(t, context.Background(), "recipes", "--format", "json")
	var rows []struct {
		Name      string
		Published map[string]float64
		Settings  map[string]string
	}
	if err := json.Unmarshal([]byte(text), &rows); err != nil || len(rows) != 42 || rows[5].Published["AP50"] != 45.6 || rows[5].Settings["eta"] != "0.8" {
		t.Errorf("JSON: %d rows, %+v (%v)", len(rows), rows[5], err)
	}
	_, yaml, _ := run(t, context.Background(), "recipes", "table1/ours")
	if !bytes.Contains([]byte(yaml), []byte("published: {AP: 27.6, AP50: 45.6, AP75: 28.7, APs: 10.3, APm: 28.3, APl: 42.1}\n")) {
		t.Errorf("YAML:\n%s", yaml)
	}
}
