package training

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/commands/training/shared/settings"
	"cocostat/train"
	"cocostat/train/recipes"
	"cocostat/weights"
)

// otherNetworks are the settings of tables 3 and 9, from section 5 of the paper,
// CenterNet's experiments/*.sh and src/lib/opts.py, and FCOS's own configuration.
var otherNetworks = map[string][]any{
	"table3/mobilenet-v3": {"centernet", "mobilenet_v3_large", 140, 128, 1e-4, 500, "fixed", "plain", "batch", 64},
	"table3/resnet18":     {"centernet", "resnet18", 140, 114, 0, 0, "keep", "deformable", "none", 64},
	"table3/resnet101":    {"centernet", "resnet101", 140, 96, 0, 0, "keep", "deformable", "none", 64},
	"table3/dla34":        {"centernet", "dla34", 140, 128, 0, 0, "keep", "deformable", "none", 256},
	"table9/resnet50":     {"fcos", "resnet50", 12, 16, 1e-4, 500, "fixed", "", "", 0},
	"table9/mobilenet-v2": {"fcos", "mobilenet_v2", 12, 16, 1e-4, 500, "fixed", "", "", 0},
}

// The rows of table 9 with the method count the objects of groups of 4 images with
// η = 0.999, after 3 deferred epochs (section 5.6).
func TestRecipeOfFCOS(t *testing.T) {
	o, cmd := settings.New(cli.Streams{})
	o.Recipe, o.Dataset = "table9/resnet50-bofl", "data"
	if err := o.Resolve(cmd); err != nil {
		t.Fatal(err)
	}
	b, err := o.Balance.Over(weights.Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	c := o.Config
	if b.Eta != 0.999 || b.Scope != "batch" || b.Group != 4 || b.DeferredEpochs != 3 || c.Model.FCOS.Count != "objects" || c.Model.FCOS.Test.Overlap != 0.5 ||
		c.Sides.Short[0] != 800 || c.Sides.Long != 1333 || c.Size != 0 || c.Optimiser != (train.Optimiser{Name: "sgd", Momentum: 0.9, BiasRate: 2}) || c.Loss.String() != "bofl" {
		t.Errorf("%+v, %+v", b, c)
	}
}

// A size that is given takes the place of a recipe's, and another batch that of
// its number of batches and of its learning rate.
func TestGivenInPlaceOfRecipe(t *testing.T) {
	for _, c := range []struct {
		recipe string
		args   []string
		size   int
		short  int
		lr     float64
		step   int // images
	}{
		{"table9/resnet50", []string{"--size", "256"}, 256, 0, 0, 16},
		{"table9/resnet50", []string{"--short-side", "400"}, 0, 400, 0, 16},
		{"table3/resnet18", nil, 512, 0, 5e-4, 114},
		{"table3/resnet18", []string{"--batch", "8"}, 512, 0, 0, 8},
		{"table3/resnet18", []string{"--batch", "8", "--accumulate", "16"}, 512, 0, 0, 128},
		{"table3/resnet18", []string{"--batch", "8", "--lr", "1e-4"}, 512, 0, 1e-4, 8},
		{"table3/dla34", []string{"--short-side", "600", "--augment", "flip", "--test-size", "fixed"}, 0, 600, 5e-4, 128},
	} {
		o, cmd := settings.New(cli.Streams{})
		if err := cmd.ParseFlags(append([]string{"--recipe", c.recipe}, c.args...)); err != nil {
			t.Fatal(err)
		}
		o.Dataset = "data"
		if err := o.Resolve(cmd); err != nil {
			t.Errorf("%s %v: %v", c.recipe, c.args, err)
			continue
		}
		short := 0
		if s := o.Config.Sides.Short; len(s) > 0 {
			short = s[0]
		}
		if o.Config.Size != c.size || short != c.short || o.Config.LR != c.lr || o.Config.StepImages() != c.step {
			t.Errorf("%s %v: size %d, shorter side %d, learning rate %g, %d images a step", c.recipe, c.args, o.Config.Size, short, o.Config.LR, o.Config.StepImages())
		}
	}
}

// Every recipe passes the checks of the command's own flags.
func TestRecipesAreAccepted(t *testing.T) {
	for _, table := range recipes.Tables() {
		for _, name := range table.Names() {
			o, cmd := settings.New(cli.Streams{})
			o.Recipe, o.Dataset = name, "data"
			if err := o.Resolve(cmd); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			c := o.Config
			got := []any{c.Recipe, c.Model.Detector, c.Model.Backbone, c.Epochs, c.StepImages(), c.WeightDecay, c.Warmup, c.TestSize, c.Model.NeckConv, c.Model.HeadNorm, c.Model.HeadChannels}
			want := []any{name, "centernet", "mobilenet_v2", 140, 128, 1e-4, 500, "fixed", "plain", "batch", 64}
			if other, has := otherNetworks[strings.TrimSuffix(name, "-bofl")]; has {
				want = append([]any{name}, other...)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v", name, got, want)
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
	if err != nil || len(lines) != 55 {
		t.Errorf("CSV: %d lines, want 54 rows and the header (%v)", len(lines), err)
	}
	_, text, _ = run(t, context.Background(), "recipes", "--format", "json")
	var rows []struct {
		Name      string
		Published map[string]float64
		Settings  map[string]string
	}
	if err := json.Unmarshal([]byte(text), &rows); err != nil || len(rows) != 54 || rows[5].Published["AP50"] != 45.6 || rows[5].Settings["eta"] != "0.8" {
		t.Errorf("JSON: %d rows, %+v (%v)", len(rows), rows[5], err)
	}
	_, yaml, _ := run(t, context.Background(), "recipes", "table1/ours")
	if !bytes.Contains([]byte(yaml), []byte("published: {AP: 27.6, AP50: 45.6, AP75: 28.7, APs: 10.3, APm: 28.3, APl: 42.1}\n")) {
		t.Errorf("YAML:\n%s", yaml)
	}
}
