package weights

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/columnar"
	"cocostat/internal/commands/shared/classtable"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/internal/commands/shared/input"
	"cocostat/weights"
	"cocostat/weights/codec"
)

func weightsCLI(ctx context.Context, args ...string) (code int, out, notes string) {
	out, notes, code = cocostat(ctx, commandtest.Toy, args...)
	return code, out, notes
}

func TestWeightsCommand(t *testing.T) {
	dir := commandtest.WeightsFolder(t)
	source, out := filepath.Join(dir, "toy.json"), filepath.Join(dir, "w.arrow")
	code, table, notes := weightsCLI(t.Context(), "weights", source, "-o", out, "--eta-out", filepath.Join(dir, "eta.arrow"), "--tail-ratio", "0.4")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, notes)
	}
	// By hand: 5/(2·4) and 5/(2·1); dog has 1 of the 3 (image, class) pairs.
	want := `class   instances  images   alpha  group
----------------------------------------
person          4       2  0.6250  head
dog             1       1  2.5000  tail
cat             0       0       –  tail
`
	if table != want {
		t.Errorf("table\n%swant\n%s", table, want)
	}
	for _, note := range []string{out + ": 3 classes, 5 instances in 2 of 3 images", "eta.arrow: 3 (image, class) pairs", `1 class without instances, so without a weight: 9 "cat"`} {
		if !strings.Contains(notes, note) {
			t.Errorf("notes %q do not say %q", notes, note)
		}
	}
	got, err := codec.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if s := got.Meta.Sources[0]; s.Path != source || s.Bytes != int64(len(commandtest.Toy)) || s.SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte(commandtest.Toy))) {
		t.Errorf("source %+v", s)
	}
	if got.Meta.Version == "" || got.Meta.Schedule.DeferredEpochs != 5 || !got.Meta.Crowds {
		t.Errorf("metadata %+v", got.Meta)
	}
	if _, err := os.Stat(filepath.Join(dir, "eta.arrow")); err != nil {
		t.Errorf("no eta file beside the weights: %v", err)
	}
}

func TestWeightsCommandFlags(t *testing.T) {
	dir := commandtest.WeightsFolder(t)
	out := filepath.Join(dir, "w.arrow")
	code, _, notes := weightsCLI(t.Context(), "weights", "-", "-o", out, "--eta-out", filepath.Join(dir, "e.arrow"),
		"--alpha", "effective", "--beta", "0.5", "--eta", "0.9", "--eta-reading", "power", "--intensity", "0.05",
		"--schedule", "linear", "--update", "step", "--repeat-threshold", "0.01", "--no-crowd")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, notes)
	}
	got, err := codec.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	m := got.Meta
	if !reflect.DeepEqual(m.Alpha, weights.Alpha{Method: "effective", Beta: 0.5, Normalisation: "sum", Base: "instances"}) || m.Eta != (weights.Eta{Value: 0.9, Reading: "power", Scope: "image"}) ||
		m.Intensity != 0.05 || m.Schedule != (weights.Schedule{Name: "linear", Update: "step"}) || m.RepeatThreshold != 0.01 {
		t.Errorf("metadata %+v", m)
	}
	if m.Crowds || m.Instances != 3 || m.AnnotatedImages != 1 || got.Rows[0].Instances != 2 {
		t.Errorf("crowds counted: %+v, %+v", m, got.Rows[0])
	}
	if m.Sources[0].Path != "-" || !strings.Contains(notes, "standard input has no path") {
		t.Errorf("source %+v, notes %q", m.Sources[0], notes)
	}
}

// Every failure has its exit code and a message, and leaves the folder as it
// was.
func TestWeightsCommandFailures(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		code int
		what string
		args []string
	}{
		{t.Context(), 2, "at least 1 arg", []string{}},
		{t.Context(), 2, "eta 2 is not in [0, 1]", []string{"toy.json", "--eta", "2"}},
		{t.Context(), 2, "--schedule \"cosine\": must be one of constant", []string{"toy.json", "--schedule", "cosine"}},
		{t.Context(), 2, "--alpha \"best\": must be one of inverse", []string{"toy.json", "--alpha", "best"}},
		{t.Context(), 2, "beta 1 is not between", []string{"toy.json", "--alpha", "effective", "--beta", "1"}},
		{t.Context(), 2, "--beta is a parameter", []string{"toy.json", "--beta", "0.9"}},
		{t.Context(), 2, "--exponent is a parameter of --alpha power", []string{"toy.json", "--exponent", "0.9"}},
		{t.Context(), 2, "--offset is a parameter of --alpha log", []string{"toy.json", "--alpha", "power", "--offset", "2"}},
		{t.Context(), 2, "exponent 0 is not above 0", []string{"toy.json", "--alpha", "power", "--exponent", "0"}},
		{t.Context(), 2, "--normalise \"max\": must be one of none", []string{"toy.json", "--normalise", "max"}},
		{t.Context(), 2, "uniform weights, which are 1", []string{"toy.json", "--alpha", "uniform", "--normalise", "sum"}},
		{t.Context(), 2, "--clip takes the least and the greatest", []string{"toy.json", "--clip", "3"}},
		{t.Context(), 2, "clip 10,0.1: the first must be below", []string{"toy.json", "--clip", "10,0.1"}},
		{t.Context(), 2, "--base \"boxes\": must be one of instances", []string{"toy.json", "--base", "boxes"}},
		{t.Context(), 2, "--eta-scope \"gpu\": must be one of image", []string{"toy.json", "--eta-scope", "gpu"}},
		{t.Context(), 2, "centric \"box\"", []string{"toy.json", "--centric", "box"}},
		{t.Context(), 2, "--format \"xml\"", []string{"toy.json", "--format", "xml"}},
		{t.Context(), 2, "--columns \"beta\": must be one of", []string{"toy.json", "--columns", "beta"}},
		{t.Context(), 2, "--images is empty", []string{"toy.json", "--images", ""}},
		{t.Context(), 2, "--output: standard output gets the table", []string{"toy.json", "-o", "-"}},
		{t.Context(), 2, "two results would be written", []string{"toy.json", "-o", "weights.arrow", "--images", "weights.arrow"}},
		{t.Context(), 2, "--images toy.json: nothing is written as .json: end the name in .arrow", []string{"toy.json", "--images", "toy.json"}},
		{t.Context(), 2, "--eta-out eta.csv: nothing is written as .csv", []string{"toy.json", "--eta-out", "eta.csv"}},
		{t.Context(), 2, "--output w.html: nothing is written as .html", []string{"toy.json", "-o", "w.html"}},
		{t.Context(), 2, "--deferred-epochs has no effect", []string{"toy.json", "--schedule", "constant", "--deferred-epochs", "2"}},
		{t.Context(), 2, "deferred epochs -1", []string{"toy.json", "--deferred-epochs", "-1"}},
		{t.Context(), 2, "tail ratio NaN", []string{"toy.json", "--tail-ratio", "NaN"}},
		{t.Context(), 2, "invalid argument", []string{"toy.json", "--intensity", "much"}},
		{t.Context(), 2, "--output is empty", []string{"toy.json", "-o", ""}},
		{t.Context(), 2, "given twice", []string{"-", "toy.json", "-"}},
		{t.Context(), 2, "would be overwritten", []string{"toy.json", "-o", "./toy.json"}},
		{t.Context(), 2, "two results would be written", []string{"toy.json", "-o", "./eta.arrow", "--eta-out", "eta.arrow"}},
		{t.Context(), 1, "cannot write none/w.arrow: no such file", []string{"toy.json", "-o", "none/w.arrow"}},
		{t.Context(), 1, "cannot write .: is a directory", []string{"toy.json", "--eta-out", "."}},
		{t.Context(), 1, "missing.json", []string{"missing.json"}},
		{t.Context(), 1, "5 crowd annotations are left out", []string{"crowds.json", "--no-crowd"}},
		{cancelled, 130, "", []string{"toy.json"}},
	} {
		dir := commandtest.WeightsFolder(t)
		t.Chdir(dir)
		crowds := strings.NewReplacer(`"iscrowd": 0`, `"iscrowd": 1`).Replace(commandtest.Toy)
		if err := os.WriteFile("crowds.json", []byte(crowds), 0o644); err != nil {
			t.Fatal(err)
		}
		cocostat.Fails(c.ctx, t, c.code, c.what, commandtest.Toy, append([]string{"weights"}, c.args...)...)
		if entries, err := os.ReadDir("."); err != nil || len(entries) != 2 {
			t.Errorf("%q: %d files in the folder, %v, want 2", c.args, len(entries), err)
		}
	}
}

func TestWeightsTableIsShort(t *testing.T) {
	table := &weights.Table{Meta: weights.Metadata{Intensity: 1}}
	for i := range 100 {
		table.Rows = append(table.Rows, weights.Row{Name: fmt.Sprintf("class%02d", i), Instances: int64(i + 1), Alpha: 1, Group: "head"})
	}
	var out bytes.Buffer
	o := &options{Files: input.Files{Streams: cli.Streams{Out: &out}}, format: "table"}
	o.Table = classtable.Table[weightRow]{All: weightColumns, Usual: shownWeightColumns, Sort: "instances", First: 20, Last: 20,
		Used: func(r *weightRow) bool { return r.Instances > 0 }}
	if err := o.Table.Complete("table", func(string) bool { return false }); err != nil {
		t.Fatal(err)
	}
	if err := o.printWeights(table); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 45 || !strings.HasPrefix(lines[2], "class99") || lines[22] != "(60 more)" || !strings.HasPrefix(lines[42], "class00") {
		t.Errorf("%d lines: %s", len(lines), out.String())
	}
}

// The schemes, from the flags to the file. By hand: person has 4 and dog 1 of 5
// instances, in 2 and 1 of 2 images.
func TestWeightsSchemes(t *testing.T) {
	dir := commandtest.WeightsFolder(t)
	out, images := filepath.Join(dir, "w.arrow"), filepath.Join(dir, "images.arrow")
	for _, c := range []struct {
		args        string
		alpha       weights.Alpha
		person, dog float64
		note        string
	}{
		{"--base images", weights.Alpha{Method: "inverse", Normalisation: "none", Base: "images"}, 0.75, 1.5,
			"alpha: inverse, of images; from 0.7500 to 1.5000, mean over classes 1.1250, over instances 0.9000"},
		{"--alpha power --normalise none", weights.Alpha{Method: "power", Exponent: 0.5, Normalisation: "none", Base: "instances"}, math.Sqrt(0.625), math.Sqrt(2.5),
			"alpha: power, exponent 0.5; from"},
		{"--alpha power --exponent 2 --normalise sum", weights.Alpha{Method: "power", Exponent: 2, Normalisation: "sum", Base: "instances"}, 2.0 / 17, 32.0 / 17,
			"normalised by sum"},
		{"--alpha log --offset 1.2 --normalise none", weights.Alpha{Method: "log", Offset: 1.2, Normalisation: "none", Base: "instances"}, 1 / math.Log(2), 1 / math.Log(1.4),
			"offset 1.2"},
		{"--normalise mean --clip 0.5,1.5", weights.Alpha{Method: "inverse", Normalisation: "mean", Clip: &[2]float64{0.5, 1.5}, Base: "instances"}, 0.5, 1.5,
			"clipped to [0.5, 1.5] (2 classes at the bounds)"},
		{"--alpha uniform", weights.Alpha{Method: "uniform", Normalisation: "none", Base: "instances"}, 1, 1, "alpha: uniform; from 1.0000 to 1.0000"},
		{"--eta-scope batch", weights.Alpha{Method: "inverse", Normalisation: "none", Base: "instances"}, 0.625, 2.5,
			"eta 0.999, objects counted in the mini-batch"},
	} {
		args := append([]string{"weights", filepath.Join(dir, "toy.json"), "-o", out, "--eta-out", filepath.Join(dir, "eta.arrow"), "--images", images, "--repeat-threshold", "0.8"}, strings.Fields(c.args)...)
		code, _, notes := weightsCLI(t.Context(), args...)
		if code != 0 || !strings.Contains(notes, c.note) {
			t.Fatalf("%s: exit code %d, notes %q; want 0 and %q", c.args, code, notes, c.note)
		}
		if want := images + ": 3 images, 1 of them with a class of a frequency below 0.8; repeat factor sampling shows 3.3 per epoch on average"; !strings.Contains(notes, want) {
			t.Errorf("%s: notes %q do not say %q", c.args, notes, want)
		}
		w, err := codec.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(w.Meta.Alpha, c.alpha) {
			t.Errorf("%s: metadata %+v, want %+v", c.args, w.Meta.Alpha, c.alpha)
		}
		for i, want := range []float64{c.person, c.dog} {
			if got := w.Rows[i].Alpha; math.Abs(got-want) > 1e-15 {
				t.Errorf("%s: alpha %v, want %v", c.args, got, want)
			}
		}
		eta, err := codec.ReadEta(filepath.Join(dir, "eta.arrow"))
		if err != nil {
			t.Fatal(err)
		}
		if err := eta.CheckWeights(w); err != nil {
			t.Errorf("%s: %v", c.args, err)
		}
		if factors := repeatFactors(t, images); factors[0] != math.Sqrt(0.8/0.5) || factors[2] != 1 {
			t.Errorf("%s: repeat factors %v", c.args, factors)
		}
	}
}

// repeatFactors reads the last column of an images file.
func repeatFactors(t *testing.T, path string) (factors []float64) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := columnar.OpenArrow(data)
	if err != nil {
		t.Fatal(err)
	}
	column, err := file.Column(len(file.Fields) - 1)
	if err != nil || file.Fields[len(file.Fields)-1].Name != "repeat_factor" {
		t.Fatal(err)
	}
	return column.Floats
}

// The forms of the printed table.
func TestWeightsFormats(t *testing.T) {
	dir := commandtest.WeightsFolder(t)
	for args, want := range map[string]string{
		"--format csv --columns name,alpha,weight --intensity 0.5": "name,alpha,weight\nperson,0.625,0.8125\ndog,2.5,1.75\ncat,,1\n",
		"--format markdown --top 1 --intensity 0.5": "| class | instances | images | alpha | weight | group |\n| --- | ---:| ---:| ---:| ---:| --- |\n" +
			"| person | 4 | 2 | 0.6250 | 0.8125 | head |\n\nclasses not shown: 2  \n",
		"--columns name,index --sort name --reverse": "class   index\n-------------\nperson      0\ndog         1\ncat         2\n",
	} {
		code, out, notes := weightsCLI(t.Context(), append([]string{"weights", filepath.Join(dir, "toy.json"), "-o", filepath.Join(dir, "w.arrow")}, strings.Fields(args)...)...)
		if code != 0 || out != want {
			t.Errorf("%s: exit code %d, %s, output\n%swant\n%s", args, code, notes, out, want)
		}
	}
	code, out, _ := weightsCLI(t.Context(), "weights", filepath.Join(dir, "toy.json"), "-o", filepath.Join(dir, "w.arrow"), "--format", "json")
	var got struct {
		Cocostat weights.Metadata
		Classes  []struct {
			ID    int64 `json:"category_id"`
			Alpha *float64
		}
	}
	if err := json.Unmarshal([]byte(out), &got); code != 0 || err != nil {
		t.Fatalf("exit code %d, %v: %s", code, err, out)
	}
	if got.Cocostat.Alpha.Method != "inverse" || len(got.Classes) != 3 || *got.Classes[1].Alpha != 2.5 || got.Classes[2].Alpha != nil {
		t.Errorf("JSON %+v", got)
	}
}

// Weights go to a device, a pipe or a descriptor, beside which nothing is written,
// but not to standard output, which has the table.
func TestWeightsIntoStream(t *testing.T) {
	dir := commandtest.WeightsFolder(t)
	source, eta := filepath.Join(dir, "toy.json"), filepath.Join(dir, "eta.arrow")
	f, err := os.Create(filepath.Join(dir, "w.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	descriptor := fmt.Sprintf("/dev/fd/%d", f.Fd())
	for _, c := range []struct {
		args []string
		says string // "" if all is well
	}{
		{[]string{"-o", "/dev/stdout"}, "standard output gets the table"},
		{[]string{"-o", "/dev/stdout", "--eta-out", eta}, "standard output gets the table"},
		{[]string{"-o", "/proc/self/fd/1"}, "standard output gets the table"},
		{[]string{"-o", filepath.Join(dir, "x.arrow"), "--images", "/dev/stdout"}, "standard output gets the table"},
		{[]string{"-o", os.DevNull}, ""},
		{[]string{"-o", descriptor, "--eta-out", eta}, ""},
	} {
		code, _, notes := weightsCLI(t.Context(), append([]string{"weights", source}, c.args...)...)
		if want := map[bool]int{true: cli.ExitOK, false: cli.ExitUsage}[c.says == ""]; code != want || !strings.Contains(notes, c.says) {
			t.Errorf("%v: exit %d, %q; want %d, %q", c.args, code, notes, want, c.says)
		}
	}
	if _, err := codec.ReadFile(f.Name()); err != nil {
		t.Errorf("what went to a descriptor: %v", err)
	}
	for _, beside := range []string{"/dev/eta.arrow", "/dev/fd/eta.arrow", "/proc/self/fd/eta.arrow"} {
		if _, err := os.Lstat(beside); err == nil {
			t.Errorf("%s was written", beside)
		}
	}
}

// Without -o the weights are printed, and nothing is written: neither they nor eta,
// which is written where it is asked for.
func TestWeightsWithoutOutput(t *testing.T) {
	dir := commandtest.WeightsFolder(t)
	t.Chdir(dir)
	code, printed, notes := weightsCLI(t.Context(), "weights", "toy.json")
	if code != 0 || !strings.Contains(printed, "person          4       2  0.6250  head") || !strings.Contains(notes, "the weights are not written without -o") {
		t.Errorf("exit code %d, %s%s", code, notes, printed)
	}
	code, again, notes := weightsCLI(t.Context(), "weights", "toy.json", "-o", "w.arrow")
	if code != 0 || again != printed || !strings.Contains(notes, "wrote w.arrow: 3 classes") {
		t.Errorf("with -o: exit code %d, %s%s", code, notes, again)
	}
	code, _, notes = weightsCLI(t.Context(), "weights", "toy.json", "--eta-out", "e.arrow")
	if code != 0 || !strings.Contains(notes, "wrote e.arrow: 3 (image, class) pairs, eta 0.8") {
		t.Errorf("eta alone: exit code %d, %s", code, notes)
	}
	files, err := filepath.Glob("*")
	if want := []string{"e.arrow", "toy.json", "w.arrow"}; err != nil || !reflect.DeepEqual(files, want) {
		t.Errorf("files %q, %v; want %q", files, err, want)
	}
}

// Where the tail is empty, the command says which ratio puts the rarest class there:
// of 3 (image, class) pairs it has one.
func TestWeightsWithoutTail(t *testing.T) {
	dir := commandtest.WeightsFolder(t)
	for ratio, want := range map[string]string{
		"0.0867": "no class is in the tail: the rarest is dog, which holds 33.33 % of all (image, class) pairs: --tail-ratio 0.334 takes it into it\n",
		"0.334":  "",
	} {
		code, _, notes := weightsCLI(t.Context(), "weights", filepath.Join(dir, "toy.json"), "--tail-ratio", ratio)
		if code != 0 || strings.Contains(notes, "no class is in the tail") != (want != "") || !strings.Contains(notes, want) {
			t.Errorf("--tail-ratio %s: exit code %d, %q; want %q", ratio, code, notes, want)
		}
	}
}
