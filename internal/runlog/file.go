package runlog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"cocostat/internal/atomicfile"
	"cocostat/internal/filekind"
)

// File and ConfigFile are the names of the metrics and of the configuration in
// the folder of a run.
const (
	File       = "metrics.jsonl"
	ConfigFile = "config.json"
)

// What a file of metrics may have: a line of a training has some hundred bytes.
const (
	longestLine = 64 << 10
	mostEpochs  = 100_000
)

// Write writes the epochs of a run to the file in its folder.
func Write(folder string, epochs []Epoch) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, e := range epochs {
		if err := encoder.Encode(e); err != nil {
			return err
		}
	}
	return atomicfile.WriteBytes(filepath.Join(folder, File), text.Bytes())
}

// Run is what the folder of a run tells of its epochs.
type Run struct {
	Folder string // absolute
	Name   string // "" before NameAll
	Epochs []Epoch
	Notes  []string // what is to be said about the file
}

// Open reads the metrics of a run, by its folder or by the file itself. A run of
// which no epoch is finished has none, and a note.
func Open(path string) (*Run, error) {
	r := &Run{Folder: path}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		path = filepath.Join(path, File)
	} else {
		r.Folder = filepath.Dir(path)
	}
	if r.Folder, err = filepath.Abs(r.Folder); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(r.Folder, ConfigFile)); err != nil {
			return nil, fmt.Errorf("%s is no run folder: there is neither %s nor %s in it", r.Folder, File, ConfigFile)
		}
		r.Notes = append(r.Notes, r.Folder+": no epoch is finished yet")
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return r, r.read(f, path)
}

// read reads the lines. One that is broken is an error, but for the last one
// without an end: that is being written.
func (r *Run) read(in io.Reader, path string) error {
	b := bufio.NewReaderSize(in, longestLine)
	for n := 1; ; n++ {
		line, err := b.ReadSlice('\n')
		switch {
		case err == bufio.ErrBufferFull:
			return fmt.Errorf("%s:%d: the line has more than %d bytes: this is no %s of a training", path, n, longestLine, File)
		case err != nil && err != io.EOF:
			return fmt.Errorf("%s: %w", path, err)
		case n > mostEpochs:
			return fmt.Errorf("%s: more than %d epochs: this is no %s of a training", path, mostEpochs, File)
		}
		end := err == io.EOF
		if end && len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		var epoch Epoch
		err = json.Unmarshal(line, &epoch)
		if last := len(r.Epochs) - 1; err == nil && (epoch.Epoch < 1 || last >= 0 && epoch.Epoch <= r.Epochs[last].Epoch) {
			err = fmt.Errorf("epoch %d does not follow the one before", epoch.Epoch)
		}
		switch {
		case err != nil && end:
			r.Notes = append(r.Notes, fmt.Sprintf("%s:%d: the last line is not whole and left out", path, n))
			return nil
		case err != nil && n == 1 && filekind.Of(line) != "":
			return fmt.Errorf("%s: this is %s, and no %s of a training", path, filekind.Of(line), File)
		case err != nil:
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if r.Epochs = append(r.Epochs, epoch); end {
			return nil
		}
	}
}
