package curves

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"cocostat/internal/commands/shared/classtable"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/runlog"
	"cocostat/internal/textable"
)

// trainedRun is what a run folder tells of its epochs.
type trainedRun struct {
	folder string // absolute
	name   string
	rows   []trainedEpoch
	notes  []string
}

// trainedEpoch is a line of metrics.jsonl.
type trainedEpoch struct {
	Run             string         `json:"run"`
	Epoch           int64          `json:"epoch"`
	Steps           int64          `json:"steps"`
	Lambda          float64        `json:"lambda"`
	LR              float64        `json:"lr"`
	Losses          runlog.Losses  `json:"-"` // see MarshalJSON
	Seconds         float64        `json:"seconds"`
	ImagesPerSecond float64        `json:"images_per_second"`
	Val             *trainedScores `json:"val,omitempty"`
}

// plainEpoch is a trainedEpoch without its losses.
type plainEpoch trainedEpoch

// UnmarshalJSON reads a line of metrics.jsonl.
func (e *trainedEpoch) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, (*plainEpoch)(e)); err != nil {
		return err
	}
	return e.Losses.ReadJSON(text)
}

// MarshalJSON writes the losses after the learning rate, as metrics.jsonl does.
func (e trainedEpoch) MarshalJSON() ([]byte, error) {
	plain, err := json.Marshal(plainEpoch(e))
	if err != nil {
		return nil, err
	}
	at := bytes.Index(plain, []byte(`,"seconds":`))
	text, err := e.Losses.AppendJSON(bytes.Clone(plain[:at]))
	return append(text, plain[at:]...), err
}

// trainedScores are the AP of an epoch that was evaluated.
type trainedScores struct {
	AP       score `json:"ap"`
	AP50     score `json:"ap50"`
	AP75     score `json:"ap75"`
	APSmall  score `json:"ap_small"`
	APMedium score `json:"ap_medium"`
	APLarge  score `json:"ap_large"`
	APTail   score `json:"ap_tail"`
	APHead   score `json:"ap_head"`
}

var notEvaluated trainedScores

// score is a number that may be missing.
type score struct{ *float64 }

// UnmarshalJSON reads null as a missing number.
func (s *score) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &s.float64) }

// MarshalJSON writes a missing number as null.
func (s score) MarshalJSON() ([]byte, error) { return json.Marshal(s.float64) }

// value returns NaN for a missing number.
func (s score) value() float64 {
	if s.float64 == nil {
		return math.NaN()
	}
	return *s.float64
}

// readRun reads the metrics of a run, by its folder or by the file itself.
func readRun(path string) (*trainedRun, error) {
	const file, config = "metrics.jsonl", "config.json"
	r := &trainedRun{folder: path}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		path = filepath.Join(path, file)
	} else {
		r.folder = filepath.Dir(path)
	}
	if r.folder, err = filepath.Abs(r.folder); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(r.folder, config)); err != nil {
			return nil, fmt.Errorf("%s is no run folder: there is neither %s nor %s in it", r.folder, file, config)
		}
		r.notes = append(r.notes, r.folder+": no epoch is finished yet")
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return r, r.read(f, path)
}

// What a file of metrics may have: a line of a training has some hundred bytes.
const (
	longestLine = 64 << 10
	mostEpochs  = 100_000
)

// read reads the lines. One that is broken is an error, but for the last one
// without an end: that is being written.
func (r *trainedRun) read(in io.Reader, path string) error {
	b := bufio.NewReaderSize(in, longestLine)
	for n := 1; ; n++ {
		line, err := b.ReadSlice('\n')
		switch {
		case err == bufio.ErrBufferFull:
			return fmt.Errorf("%s:%d: the line has more than %d bytes: this is no metrics.jsonl of a training", path, n, longestLine)
		case err != nil && err != io.EOF:
			return fmt.Errorf("%s: %w", path, err)
		case n > mostEpochs:
			return fmt.Errorf("%s: more than %d epochs: this is no metrics.jsonl of a training", path, mostEpochs)
		}
		end := err == io.EOF
		if end && len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		var row trainedEpoch
		err = json.Unmarshal(line, &row)
		if last := len(r.rows) - 1; err == nil && (row.Epoch < 1 || last >= 0 && row.Epoch <= r.rows[last].Epoch) {
			err = fmt.Errorf("epoch %d does not follow the one before", row.Epoch)
		}
		switch {
		case err != nil && end:
			r.notes = append(r.notes, fmt.Sprintf("%s:%d: the last line is not whole and left out", path, n))
			return nil
		case err != nil:
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if r.rows = append(r.rows, row); end {
			return nil
		}
	}
}

// trainedColumns are the columns of the numbers, with those of the losses that
// the rows have.
func trainedColumns(rows []trainedEpoch) classtable.Columns[trainedEpoch] {
	columns := slices.Clone(columnsBefore)
	seen := map[string]bool{}
	for _, r := range rows {
		for _, p := range r.Losses.Parts {
			if !seen[p.Name] {
				seen[p.Name] = true
				columns = append(columns, lossColumn(p.Name))
			}
		}
	}
	return append(columns, columnsAfter...)
}

// lossColumn is the column of a part of the loss; runs of another detector lack
// it.
func lossColumn(name string) classtable.Column[trainedEpoch] {
	return classtable.Number("loss_"+name, name, func(r *trainedEpoch) float64 {
		for _, p := range r.Losses.Parts {
			if p.Name == name {
				return p.Value
			}
		}
		return math.NaN()
	}, classtable.Decimals(3))
}

var columnsBefore = classtable.Columns[trainedEpoch]{
	classtable.Words("run", "run", func(r *trainedEpoch) string { return r.Run }),
	classtable.Whole("epoch", "epoch", func(r *trainedEpoch) int64 { return r.Epoch }),
	classtable.Whole("steps", "steps", func(r *trainedEpoch) int64 { return r.Steps }),
	classtable.Number("lambda", "λ", func(r *trainedEpoch) float64 { return r.Lambda }, classtable.Decimals(2)),
	classtable.Number("lr", "learning rate", func(r *trainedEpoch) float64 { return r.LR }, func(v float64) string { return fmt.Sprintf("%.2e", v) }),
	classtable.Number("loss", "loss", func(r *trainedEpoch) float64 { return r.Losses.Total }, classtable.Decimals(3)),
}

var columnsAfter = classtable.Columns[trainedEpoch]{
	classtable.Number("images_per_second", "images/s", func(r *trainedEpoch) float64 { return r.ImagesPerSecond }, classtable.Decimals(1)),
	scored("ap", "AP", func(s *trainedScores) score { return s.AP }),
	scored("ap50", "AP50", func(s *trainedScores) score { return s.AP50 }),
	scored("ap75", "AP75", func(s *trainedScores) score { return s.AP75 }),
	scored("ap_tail", "AP tail", func(s *trainedScores) score { return s.APTail }),
	scored("ap_head", "AP head", func(s *trainedScores) score { return s.APHead }),
}

// scored makes a column of a score of the epochs that were evaluated.
func scored(name, title string, of func(*trainedScores) score) classtable.Column[trainedEpoch] {
	return classtable.Number(name, title, func(r *trainedEpoch) float64 {
		if r.Val == nil {
			return math.NaN()
		}
		return of(r.Val).value()
	}, classtable.Decimals(3))
}

func printRuns(out io.Writer, format string, runs []*trainedRun) error {
	var rows []trainedEpoch
	for _, r := range runs {
		rows = append(rows, r.rows...)
	}
	switch format {
	case "json":
		return output.WriteJSON(out, rows)
	case "csv":
		return trainedColumns(rows).WriteCSV(out, rows)
	}
	p := output.NewPage(out, format)
	for _, r := range runs {
		p.Lines(textable.Printable(r.name) + ": " + output.Plural(len(r.rows), "epoch"))
		p.Table(trainedColumns(r.rows)[1:].Layout(r.rows, 20, 20))
	}
	return p.Print(out)
}
