package schedule

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"cocostat/internal/commands/shared/commandtest"
	"cocostat/weights/codec"
)

// The file asks for deferred-linear with d = 2. By hand, eq. (7) with T = 5:
// λ = 0, 0, 0, ½, 1; α is ¼, ½, 1, 1½, and η 0.8.
func TestSchedule(t *testing.T) {
	commandtest.WeightsFile(t)
	out, notes, code := cocostat(t.Context(), "", "schedule", "w.arrow", "--epochs", "5")
	want := `w.arrow: deferred-linear of 5 epochs, lambda 0 in the first 3 epochs (2 deferred); intensity 1, eta 0.8

epoch  lambda     eta       d       c       b       a
-----------------------------------------------------
    0  0.0000  1.0000  1.0000  1.0000  1.0000  1.0000
    1  0.0000  1.0000  1.0000  1.0000  1.0000  1.0000
    2  0.0000  1.0000  1.0000  1.0000  1.0000  1.0000
    3  0.5000  0.9000  1.2500  1.0000  0.7500  0.6250
    4  1.0000  0.8000  1.5000  1.0000  0.5000  0.2500
`
	if code != 0 || out != want || notes != "" {
		t.Errorf("exit code %d, notes %q, output\n%swant\n%s", code, notes, out, want)
	}
}

// Steps, in which λ rises by 1/4 of an epoch's share, and classes by name and
// id. With the schedule linear and T = 3, λ = e/2.
func TestScheduleSteps(t *testing.T) {
	commandtest.WeightsFile(t)
	out, _, code := cocostat(t.Context(), "", "schedule", "w.arrow", "--epochs", "3", "--steps", "4", "--schedule", "linear", "--classes", "d,10", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || code != 0 || len(rows) != 13 || strings.Join(rows[0], " ") != "epoch step lambda eta_hat d a" {
		t.Fatalf("exit code %d, %v, output\n%s", code, err, out)
	}
	for i, row := range rows[1:] {
		lambda := min(float64(i)/8, 1)
		for k, want := range []float64{float64(i / 4), float64(i % 4), lambda, 1 - 0.2*lambda, 1 + 0.5*lambda, 1 - 0.75*lambda} {
			if got, err := strconv.ParseFloat(row[k], 64); err != nil || math.Abs(got-want) > 1e-15 {
				t.Errorf("row %d: %s is %s, want %v", i, rows[0][k], row[k], want)
			}
		}
	}
}

// JSON holds all classes; one without instances has no weight, and 1 in every
// epoch. The intensity scales what the weights change.
func TestScheduleJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	table := commandtest.TableOf(10, [2]int64{4, 3}, [2]int64{0, 0})
	table.Rows[0].Alpha, table.Rows[1].Alpha, table.Meta.Intensity = 3, math.NaN(), 0.05
	if err := codec.WriteFile("w.json", table); err != nil {
		t.Fatal(err)
	}
	out, notes, code := cocostat(t.Context(), "", "schedule", "w.json", "--epochs", "3", "--deferred-epochs", "0", "--format", "json")
	if code != 0 {
		t.Fatal(notes)
	}
	var report struct {
		Classes []struct{ Alpha *float64 }
		Rows    []struct {
			Lambda   float64
			AlphaHat []float64 `json:"alpha_hat"`
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Classes) != 2 || report.Classes[1].Alpha != nil || len(report.Rows) != 3 {
		t.Fatalf("report %s", out)
	}
	for i, want := range []float64{1, 1.05, 1.1} { // 1 + 0.05·λ·(3 − 1)
		if r := report.Rows[i]; math.Abs(r.AlphaHat[0]-want) > 1e-15 || r.AlphaHat[1] != 1 || r.Lambda != float64(i)/2 {
			t.Errorf("epoch %d: %+v, want %v and 1", i, r, want)
		}
	}
}

// COCO's own weights end where the paper has them: person at 860001/(80·262465)
// and hair drier at 860001/(80·198).
func TestScheduleOfCOCO(t *testing.T) {
	t.Chdir(t.TempDir())
	table := commandtest.TableOf(117266, [2]int64{262465, 64115}, [2]int64{198, 189})
	for i := range table.Rows {
		table.Rows[i].Alpha = 860001 / (80 * float64(table.Rows[i].Instances))
	}
	table.Meta.Schedule.DeferredEpochs = 5
	if err := codec.WriteFile("coco.arrow", table); err != nil {
		t.Fatal(err)
	}
	out, _, _ := cocostat(t.Context(), "", "schedule", "coco.arrow", "--epochs", "140")
	for _, line := range []string{"    5  0.0000  1.0000   1.0000  1.0000\n", "   72  0.5000  0.9000  27.6465  0.5205\n", "  139  1.0000  0.8000  54.2930  0.0410\n"} {
		if !strings.Contains(out, line) {
			t.Errorf("no line %qin\n%s", line, out)
		}
	}
}

func TestSchedulePlot(t *testing.T) {
	commandtest.WeightsFile(t)
	for _, name := range []string{"s.png", "s.svg"} {
		if _, notes, code := cocostat(t.Context(), "", "schedule", "w.arrow", "--epochs", "12", "--plot", name, "-o", "s.md"); code != 0 || notes != "wrote "+name+"\nwrote s.md\n" {
			t.Fatalf("exit code %d: %s", code, notes)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "s.png" {
			if _, err := png.Decode(bytes.NewReader(data)); err != nil {
				t.Error(err)
			}
		} else if !bytes.Contains(data, []byte(">solid: deferred-linear, 2 epochs deferred; dashed: no schedule<")) {
			t.Error("the picture does not name the schedule")
		} else {
			// The classes of the file, the one with the greatest weight first.
			for _, words := range []string{">d 1.5<", ">c 1<", ">b 0.5<", ">a 0.25<", ">Schedules of d, whose weight is 1.5<"} {
				if !bytes.Contains(data, []byte(words)) {
					t.Errorf("the picture lacks %s", words)
				}
			}
		}
	}
	if text, err := os.ReadFile("s.md"); err != nil || !bytes.Contains(text, []byte("| epoch | lambda |")) {
		t.Errorf("table %q, %v", text, err)
	}
}

func TestScheduleNotes(t *testing.T) {
	commandtest.WeightsFile(t)
	for args, want := range map[string]string{
		"--epochs 2":                             "lambda ends at 0.0000 instead of 1: too few epochs, 2 epochs with 2 deferred\n",
		"--epochs 1 --steps 2 --schedule linear": "lambda ends at 0.5000 instead of 1: too few epochs, 1 epoch\n",
	} {
		if _, notes, code := cocostat(t.Context(), "", append([]string{"schedule", "w.arrow"}, strings.Fields(args)...)...); code != 0 || notes != want {
			t.Errorf("%q: exit code %d, notes %q", args, code, notes)
		}
	}
}

// Classes of one name, or of the name of another column, are told apart by their ids.
func TestScheduleHeadings(t *testing.T) {
	t.Chdir(t.TempDir())
	table := commandtest.TableOf(10, [2]int64{4, 3}, [2]int64{3, 3}, [2]int64{2, 2}, [2]int64{1, 1})
	for i, name := range []string{"x", "x", "lambda", "y"} {
		table.Rows[i].Name = name
	}
	if err := codec.WriteFile("w.arrow", table); err != nil {
		t.Fatal(err)
	}
	out, notes, code := cocostat(t.Context(), "", "schedule", "w.arrow", "--epochs", "3", "--format", "csv")
	id := func(i int) string { return strconv.FormatInt(table.Rows[i].CategoryID, 10) }
	want := strings.Join([]string{"epoch,lambda,eta_hat", id(0), id(1), id(2), "y\n"}, ",")
	if code != 0 || !strings.HasPrefix(out, want) {
		t.Errorf("exit code %d, notes %q, output\n%swant first\n%s", code, notes, out, want)
	}
}

func TestScheduleFailures(t *testing.T) {
	commandtest.WeightsFile(t)
	table, err := codec.ReadFile("w.arrow")
	if err == nil {
		err = codec.WriteFile("w.json", table)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code       int
		args, what string
	}{
		{2, "w.arrow --epochs 0", "--epochs 0"},
		{2, "w.arrow --steps 0", "--steps 0"},
		{2, "w.arrow --schedule cosine", `--schedule "cosine"`},
		{2, "w.arrow --deferred-epochs -1", "--deferred-epochs -1"},
		{2, "w.arrow --classes a,zebra", `no class has the name or id "zebra"`},
		{2, "w.arrow --plot s.pdf", "must be .png or .svg"},
		{2, "w.arrow --plot s.png --epochs 1", "nothing to draw of one epoch"},
		{2, "w.arrow --epochs 90000 --steps 90000", "too many numbers"},
		{2, "w.json -o w.json", "would overwrite the weights"},
		{2, "w.arrow -o w.html", "nothing is written as .html"},
		{1, "w.arrow --plot none/s.png", "cannot write none/s.png"},
		{1, "missing.arrow", "missing.arrow"},
	} {
		cocostat.Fails(t.Context(), t, c.code, c.what, "", append([]string{"schedule"}, strings.Fields(c.args)...)...)
	}
	if _, err := codec.ReadFile("w.json"); err != nil {
		t.Error(err)
	}
}
