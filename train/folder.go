package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"cocostat/internal/runlog"
	"cocostat/weights/codec"
)

// Files of a run folder.
const (
	ConfigFile     = runlog.ConfigFile
	WeightsFile    = "weights.arrow"
	MetricsFile    = runlog.File
	LastFile       = "last.safetensors"
	PreviousFile   = "previous.safetensors"
	BestFile       = "best.safetensors"
	DetectionsFile = "detections.json"
	ResultsFile    = "results.json"
)

// ErrRunInUse is what training in a folder gives in which another process
// trains.
var ErrRunInUse = errors.New("another process is training in this run folder: wait for its end, or stop it")

// folder is a run folder that belongs to this process alone, as far as the file
// system can lock folders.
type folder struct {
	path string
	dir  *os.File // open, and locked
}

// claim opens and locks the folder at path.
func claim(path string) (*folder, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("train: run folder: %w", err)
	}
	err = syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		dir.Close()
		return nil, fmt.Errorf("train: %s: %w", path, ErrRunInUse)
	}
	return &folder{path, dir}, nil // other errors: the file system has no locks
}

// release ends the claim.
func (f *folder) release() { f.dir.Close() }

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// check reports that the folder is no longer the one that was claimed.
func (f *folder) check() error {
	there, err := os.Stat(f.path)
	if err == nil {
		claimed, err := f.dir.Stat()
		if err != nil {
			return fmt.Errorf("train: run folder: %w", err)
		}
		if os.SameFile(there, claimed) {
			return nil
		}
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("train: the run folder %s was deleted, moved or replaced during the run: there is nowhere to save to", f.path)
	}
	return fmt.Errorf("train: run folder: %w", err)
}

// clean removes what a killed process left half written.
func (f *folder) clean() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return fmt.Errorf("train: run folder: %w", err)
	}
	for _, e := range entries {
		if !halfWritten(e.Name()) {
			continue
		}
		if err := os.Remove(f.file(e.Name())); err != nil {
			return fmt.Errorf("train: run folder: %w", err)
		}
	}
	return nil
}

// halfWritten recognises the names that files have before they are whole.
func halfWritten(name string) bool {
	return strings.HasPrefix(name, ".") && strings.Contains(name, ".tmp-")
}

// newFolder makes a run folder, or takes an empty one.
func newFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("train: cannot make the run folder: %w", err)
	}
	f, err := claim(path)
	if err != nil {
		return nil, err
	}
	if err := f.mustBeEmpty(); err != nil {
		f.release()
		return nil, err
	}
	return f, nil
}

// mustBeEmpty removes what was left half written and refuses anything else.
func (f *folder) mustBeEmpty() error {
	if err := f.clean(); err != nil {
		return err
	}
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if len(entries) == 0 {
		return nil
	}
	if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == ConfigFile }) {
		return fmt.Errorf("train: the run folder %s is not empty: go on with the run in it (--resume), or name another folder", f.path)
	}
	return fmt.Errorf("train: the run folder %s is not empty, and holds no run: name another folder", f.path)
}

// ReadConfig reads the configuration of the run in dir.
func ReadConfig(dir string) (Config, error) {
	var c Config
	path := filepath.Join(dir, ConfigFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("train: %s is not a run folder: there is no %s in it", dir, ConfigFile)
	}
	if err != nil {
		return c, fmt.Errorf("train: %w", err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("train: %s: %w", path, err)
	}
	if _, err := os.Stat(filepath.Join(dir, WeightsFile)); err == nil {
		c.Weights = filepath.Join(dir, WeightsFile)
	}
	return c, nil
}

// writeStart writes what a run begins with, so that it can begin anew.
func (f *folder) writeStart(j *Job) error {
	c := j.Config
	if c.Weights != "" {
		absolute, err := filepath.Abs(c.Weights)
		if err != nil {
			return fmt.Errorf("train: %w", err)
		}
		c.Weights = absolute
	}
	if err := writeJSON(f.path, ConfigFile, c); err != nil {
		return err
	}
	return codec.WriteFile(f.file(WeightsFile), j.Table)
}
