package convert

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/weights"
	"cocostat/weights/codec"
)

// oddClasses is a table with names that need quoting in one format or another,
// an unused class, numbers of 17 digits, and two groupings.
func oddClasses(t *testing.T) *weights.Table {
	t.Helper()
	var table weights.Table
	const threshold = 0.5
	for i, name := range []string{`hair "drier", ünused`, "line\nbreak", "'''\\x{{.}}# */", "日本語 🚀", "", "plain"} {
		table.Rows = append(table.Rows, weights.Row{
			Index: int32(i), CategoryID: int64(i)*1e10 + 1, Name: name, Instances: int64(10 * i * i), Images: int64(5 * i),
			Frequency: float64(5*i) / 49, Alpha: 0.1 + 0.2*float64(i*i), Group: "head", LVISGroup: "rare",
			RepeatFactor: max(1, math.Sqrt(threshold/(float64(5*i)/49))),
		})
	}
	table.Rows[0].Alpha, table.Rows[0].RepeatFactor = math.NaN(), 1
	table.Meta = weights.Metadata{
		Format: weights.Format, Version: "v0", Images: 49, AnnotatedImages: 49, Instances: 550,
		Alpha: weights.Alpha{Method: weights.Inverse, Normalisation: weights.NormalisationNone, Base: weights.BaseInstances},
		Eta:   weights.Eta{Value: 0.8, Reading: weights.ReadingBase, Scope: weights.ScopeImage}, Intensity: 0.3,
		Schedule:  weights.Schedule{Name: weights.ScheduleDeferredLinear, DeferredEpochs: 5, Update: weights.UpdateEpoch},
		TailRatio: weights.TailRatio{Centric: weights.CentricImage}, RepeatThreshold: threshold,
	}
	for k, g := range []weights.Grouping{{Name: "bins", Method: "bins", Groups: []string{"many", "few"}}, {Name: "größe", Method: "top", Groups: []string{"ü", "é"}}} {
		groups := make([]string, len(table.Rows))
		for i := range groups {
			groups[i] = g.Groups[(i+k)%2]
		}
		if err := table.AddGrouping(g, groups); err != nil {
			t.Fatal(err)
		}
	}
	return &table
}

// converted writes the table to dir as w.arrow and, by the command, as w in
// every other format.
func converted(t *testing.T, table *weights.Table, dir string) {
	t.Helper()
	args := []string{"convert", filepath.Join(dir, "w.arrow")}
	if err := codec.WriteFile(args[1], table); err != nil {
		t.Fatal(err)
	}
	for _, e := range codec.Encodings()[1:] {
		args = append(args, filepath.Join(dir, "w."+string(e)))
	}
	if _, notes, code := cocostat(t.Context(), "", args...); code != 0 {
		t.Fatalf("exit code %d: %s", code, notes)
	}
}

// writeExpected puts the table into dir/expected.json, column by column.
func writeExpected(t *testing.T, table *weights.Table, dir string) {
	t.Helper()
	columns := map[string][]any{}
	for _, r := range table.Rows {
		alpha := any(r.Alpha)
		if math.IsNaN(r.Alpha) {
			alpha = nil
		}
		// A float64 keeps its type in JSON by a point or an exponent.
		for name, v := range map[string]any{"index": r.Index, "category_id": r.CategoryID, "name": r.Name, "instances": r.Instances,
			"images": r.Images, "frequency": pythonFloat(r.Frequency), "alpha": pythonFloat(alpha), "group": r.Group, "lvis_group": r.LVISGroup,
			"repeat_factor": pythonFloat(r.RepeatFactor)} {
			columns[name] = append(columns[name], v)
		}
		for k, g := range table.Meta.Groupings {
			columns["group:"+g.Name] = append(columns["group:"+g.Name], r.Groups[k])
		}
	}
	data, err := json.Marshal(map[string]any{"columns": columns, "meta": table.Meta})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "expected.json"), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func pythonFloat(v any) any {
	f, ok := v.(float64)
	if !ok {
		return nil
	}
	return json.RawMessage(fmt.Sprintf("%.17e", f))
}

// pyarrow, polars, DuckDB, NumPy, safetensors and JSON find in our files the
// values that were written, in their types, and we read what they write.
func TestTableLibrariesReadWeights(t *testing.T) {
	python := commandtest.Interop(t, "tables", "bin/python")
	dir, table := t.TempDir(), oddClasses(t)
	converted(t, table, dir)
	writeExpected(t, table, dir)
	said := commandtest.Output(t, python, "../testdata/interop/tables.py", dir, "../../../examples")
	if n := strings.Count(said, "\n"); n != 13 {
		t.Errorf("%d of 13 readers compared:\n%s", n, said)
	}
	written, err := filepath.Glob(filepath.Join(dir, "written", "*"))
	if err != nil || len(written) != 12 {
		t.Fatalf("written by Python: %q, %v", written, err)
	}
	for _, path := range written {
		got, e, err := codec.Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		want := *table
		if !e.KeepsMetadata() {
			want.Meta = got.Meta
		}
		if !sameTable(got, &want) {
			t.Errorf("%s: read %+v, want %+v", path, got, want)
		}
	}
}

func sameTable(a, b *weights.Table) bool {
	return reflect.DeepEqual(a.Meta, b.Meta) && slices.EqualFunc(a.Rows, b.Rows, func(x, y weights.Row) bool {
		if math.IsNaN(x.Alpha) && math.IsNaN(y.Alpha) {
			x.Alpha, y.Alpha = 0, 0
		}
		return reflect.DeepEqual(x, y)
	})
}

// The readers of examples/ print every weight and name.
func TestExampleReaders(t *testing.T) {
	dir, table := t.TempDir(), oddClasses(t)
	converted(t, table, dir)
	for _, c := range []struct {
		environment, program, script, file string
		intensity                          float64 // of the weights that it prints
	}{
		{"torch", "bin/python", "read_pytorch.py", "w.safetensors", table.Meta.Intensity},
		{"tables", "bin/python", "read_numpy.py", "w.npy", 1},
		{"javascript", "node_modules/apache-arrow", "read_javascript.mjs", "w.arrow", 1},
	} {
		t.Run(c.script, func(t *testing.T) {
			program, script := commandtest.Interop(t, c.environment, c.program), filepath.Join("../../../examples", c.script)
			if c.environment == "javascript" {
				program, script = "node", besideModules(t, script, filepath.Dir(program))
			}
			said := commandtest.Output(t, program, script, filepath.Join(dir, c.file))
			for i, hat := range balance.AlphaHat(table.Alphas(), 1, c.intensity) {
				number, rest, found := strings.Cut(said, "\t"+table.Rows[i].Name+"\n")
				var got float64
				if _, err := fmt.Sscan(number, &got); !found || err != nil || math.Abs(got-hat) > 1e-15*hat {
					t.Fatalf("class %d: printed %.60q, want %v and %q", i, said, hat, table.Rows[i].Name)
				}
				said = rest
			}
			if said != "" {
				t.Errorf("printed more: %q", said)
			}
		})
	}
}

// besideModules copies a script into a folder with Node's modules, where Node
// looks for what it imports.
func besideModules(t *testing.T, script, modules string) string {
	t.Helper()
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), filepath.Base(script))
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(filepath.Dir(path), "node_modules")); err != nil {
		t.Fatal(err)
	}
	return path
}

// The checksum that examples/checksum.py computes after the specification is
// the one in the file, also of one whose metadata another program wrote anew.
func TestChecksumAfterSpecification(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is missing")
	}
	const script = "../../../examples/checksum.py"
	dir, table := t.TempDir(), oddClasses(t)
	converted(t, table, dir)
	path := filepath.Join(dir, "w.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.TrimSpace(commandtest.Output(t, python, script, path))
	if !strings.HasPrefix(said, "sha256:") || !strings.Contains(string(text), `,"checksum":"`+said+`"}`) {
		t.Errorf("printed %s, the file is %s", said, text)
	}
	changed := strings.Replace(string(text), `"alpha": 0.3`, `"alpha": 0.4`, 1)
	if changed == string(text) {
		t.Fatal("no weight to change")
	}
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(python, script, path).CombinedOutput(); err == nil {
		t.Errorf("a changed weight has the same checksum: %s", out)
	}
}

// JavaScript's apache-arrow finds every value, int64 as BigInt.
func TestJavaScriptReadsWeights(t *testing.T) {
	modules := commandtest.Interop(t, "javascript", "node_modules")
	dir, table := t.TempDir(), oddClasses(t)
	converted(t, table, dir)
	writeExpected(t, table, dir)
	if said := commandtest.Output(t, "node", besideModules(t, "../testdata/interop/arrow.mjs", modules), dir); said != "same\n" {
		t.Errorf("printed %q", said)
	}
}

// writeSnippet prints the code for a framework into dir.
func writeSnippet(t *testing.T, framework, dir string) {
	t.Helper()
	out, notes, code := cocostat(t.Context(), "", "convert", filepath.Join(dir, "w.arrow"), "--for", framework)
	if code != 0 || out == "" {
		t.Fatalf("exit code %d: %s", code, notes)
	}
	if err := os.WriteFile(filepath.Join(dir, framework+".py"), []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every snippet is Python, with the weights at the end of the schedule, and one
// for the background where the framework has such a class.
func TestSnippetsArePython(t *testing.T) {
	python := commandtest.Interop(t, "tables", "bin/python")
	dir, table := t.TempDir(), oddClasses(t)
	converted(t, table, dir)
	for _, name := range frameworkNames() {
		writeSnippet(t, name, dir)
	}
	var lists map[string]map[string]any
	if err := json.Unmarshal([]byte(commandtest.Output(t, python, "../testdata/interop/snippets.py", dir)), &lists); err != nil {
		t.Fatal(err)
	}
	// 1 + 0.3·(α−1) with α = 0.1 + 0.2·i², and 1 for the class without one.
	hat := []any{1.0}
	alpha := []any{1.0}
	var names []any
	for i, r := range table.Rows {
		names = append(names, r.Name)
		if i > 0 {
			hat = append(hat, 1+0.3*(r.Alpha-1))
			alpha = append(alpha, r.Alpha)
		}
	}
	background := append(slices.Clone(hat), 1.0)
	for _, c := range []struct {
		framework, list string
		want            []any
	}{
		{"mmdet", "CLASS_WEIGHT", background}, {"mmdet", "CLASSES", names}, {"detectron2", "CLASS_WEIGHTS", background},
		{"ultralytics", "CLASSES", names}, {"detectron2", "CLASSES", names}, {"keras", "CLASSES", names}, {"torch", "CLASSES", names},
		{"ultralytics", "CLASS_WEIGHTS", hat}, {"keras", "WEIGHTS", hat}, {"torch", "ALPHA", alpha},
	} {
		if got := lists[c.framework][c.list]; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %s = %v, want %v", c.framework, c.list, got, c.want)
		}
	}
	// The classes themselves, without the first, in another order, with another.
	for _, framework := range []string{"ultralytics", "detectron2", "keras", "torch"} {
		said, _ := lists[framework]["checked"].([]any)
		if len(said) != 4 || said[0] != "" || said[1] == "" || said[2] == "" || !strings.Contains(fmt.Sprint(said[3]), "without a weight ['heading']") {
			t.Errorf("%s: comparing classes says %q", framework, said)
		}
	}
	head := lists["mmdet"]["model"].(map[string]any)["roi_head"].(map[string]any)["bbox_head"].(map[string]any)
	if loss := head["loss_cls"].(map[string]any); head["num_classes"] != 6.0 || !reflect.DeepEqual(loss["class_weight"], background) {
		t.Errorf("mmdet: head %v", head)
	}
}

// PyTorch's focal loss with the weights of the file is that of package balance,
// in value and gradient.
func TestTorchFocalLoss(t *testing.T) {
	python := commandtest.Interop(t, "torch", "bin/python")
	table := oddClasses(t)
	shape := balance.Shape{2, len(table.Rows), 3, 4}
	r := rand.New(rand.NewPCG(1, 2))
	n := shape[0] * shape[1] * shape[2] * shape[3]
	logits, heatmap := make([]float64, n), make([]float64, n)
	for i := range logits {
		logits[i] = 3 * r.NormFloat64()
		heatmap[i] = max(0, r.Float64()-0.5)
		if i%17 == 0 {
			heatmap[i] = 1
		}
	}
	objects := [][]int32{{0, 1, 2, 3, 0, 7}, {1, 0, 0, 2, 5, 0}}
	lambdas := []float64{0, 0.3, 1}
	for _, reading := range []string{weights.ReadingBase, weights.ReadingPower} {
		dir := t.TempDir()
		table.Meta.Eta.Reading = reading
		converted(t, table, dir)
		writeSnippet(t, "torch", dir)
		inputs, err := json.Marshal(map[string]any{"logits": logits, "heatmap": heatmap, "shape": shape, "objects": objects, "lambda": lambdas})
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "inputs.json"), inputs, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []struct {
			Loss, Plain, Single float64
			Grad                []float64
		}
		if err := json.Unmarshal([]byte(commandtest.Output(t, python, "../testdata/interop/focal.py", dir, "../../../examples/read_pytorch.py")), &got); err != nil {
			t.Fatal(err)
		}
		focal := balance.HeatmapLoss{Gamma: balance.Gamma}
		for k, lambda := range lambdas {
			hat := balance.AlphaHat(table.Alphas(), lambda, table.Meta.Intensity)
			var of, plain []float64
			for _, image := range objects {
				of = append(of, balance.Weights(hat, image, balance.EtaReading(reading), table.Meta.Eta.Value, lambda)...)
				plain = append(plain, hat...)
			}
			loss, grad := focal.Compute(logits, heatmap, of, shape)
			unbatched, _ := focal.Compute(logits, heatmap, plain, shape)
			near := func(what string, got, want, tolerance float64) {
				if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
					t.Errorf("%s, λ = %v: %s %v, want %v", reading, lambda, what, got, want)
				}
			}
			near("loss", got[k].Loss, loss, 1e-12)
			near("loss with α alone", got[k].Plain, unbatched, 1e-12)
			near("loss in float32", got[k].Single, loss, 1e-6)
			for i := range grad {
				near(fmt.Sprintf("gradient %d", i), got[k].Grad[i], grad[i], 1e-12)
			}
		}
	}
}
