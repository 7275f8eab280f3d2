package train

import (
	"encoding/json"
	"path/filepath"

	"cocostat/internal/atomicfile"
	"cocostat/internal/runlog"
)

// Metric is what is known of one epoch, and Times where its time went. Scores are
// its AP, of Score in [0, 1], or NaN for none. Package runlog says how they are
// written.
type (
	Metric = runlog.Epoch
	Scores = runlog.Scores
	Score  = runlog.Score
	Times  = runlog.Times
)

// writeJSON writes v, indented, to a file of the run folder.
func writeJSON(run, name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(run, name), append(text, '\n'))
}
