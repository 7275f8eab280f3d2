package train

import (
	"bytes"
	"encoding/json"
	"math"
	"path/filepath"

	"cocostat/internal/atomicfile"
)

// Metric is what is known of one epoch.
type Metric struct {
	Epoch           int     `json:"epoch"` // 1…
	Steps           int     `json:"steps"` // since the beginning
	Lambda          float64 `json:"lambda"`
	LR              float64 `json:"lr"` // of the epoch's last step
	Losses          Losses  `json:"-"`  // means over the epoch's steps; see MarshalJSON
	Seconds         float64 `json:"seconds"`
	ImagesPerSecond float64 `json:"images_per_second"`
	Times           Times   `json:"time"`
	Val             *Scores `json:"val,omitempty"` // if the epoch was evaluated
}

// plainMetric is a Metric without its losses.
type plainMetric Metric

// MarshalJSON writes the losses as loss and loss_NAME, after the learning rate.
func (m Metric) MarshalJSON() ([]byte, error) {
	plain, err := json.Marshal(plainMetric(m))
	if err != nil {
		return nil, err
	}
	const next = `,"seconds":`
	at := bytes.Index(plain, []byte(next))
	text, err := m.Losses.AppendJSON(bytes.Clone(plain[:at]))
	return append(text, plain[at:]...), err
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Metric) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, (*plainMetric)(m)); err != nil {
		return err
	}
	return m.Losses.ReadJSON(text)
}

// Scores are COCO's box AP on the validation set, in [0, 1]; null where there
// is nothing to measure.
type Scores struct {
	AP       Score `json:"ap"`
	AP50     Score `json:"ap50"`
	AP75     Score `json:"ap75"`
	APSmall  Score `json:"ap_small"`
	APMedium Score `json:"ap_medium"`
	APLarge  Score `json:"ap_large"`
	APTail   Score `json:"ap_tail"`
	APHead   Score `json:"ap_head"`
}

// Score is a number in [0, 1], or NaN for none, which JSON writes as null.
type Score float64

// MarshalJSON writes NaN as null.
func (s Score) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(s)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(s))
}

// UnmarshalJSON reads null as NaN.
func (s *Score) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		*s = Score(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(s))
}

// writeMetrics writes all epochs so far to metrics.jsonl.
func writeMetrics(run string, metrics []Metric) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, m := range metrics {
		if err := encoder.Encode(m); err != nil {
			return err
		}
	}
	return atomicfile.WriteBytes(filepath.Join(run, MetricsFile), text.Bytes())
}

// writeJSON writes v, indented, to a file of the run folder.
func writeJSON(run, name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(run, name), append(text, '\n'))
}
