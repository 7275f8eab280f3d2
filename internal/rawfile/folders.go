package rawfile

import (
	"path/filepath"
	"sync"
)

// Folders opens files whose folders stay open, so that the way to them is gone
// once and not for each file. The zero value is ready; several goroutines may use
// it.
type Folders struct {
	mu   sync.RWMutex
	open map[string]File
}

// mostFolders is how many folders are kept open; files in others are opened as by
// Open.
const mostFolders = 32

// Open is the function Open.
func (f *Folders) Open(path string) (File, error) {
	i := len(path) - 1
	for i >= 0 && path[i] != filepath.Separator {
		i--
	}
	if i <= 0 {
		return Open(path)
	}
	if folder, ok := f.folder(path[:i]); ok {
		return folder.openIn(path[i+1:])
	}
	return Open(path)
}

// folder returns an open folder, false if it cannot be kept open.
func (f *Folders) folder(path string) (File, bool) {
	f.mu.RLock()
	folder, ok := f.open[path]
	full := len(f.open) >= mostFolders
	f.mu.RUnlock()
	if ok || full {
		return folder, ok
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if folder, ok = f.open[path]; ok {
		return folder, ok
	}
	folder, err := openFolder(path)
	if err != nil {
		return File{}, false
	}
	if f.open == nil {
		f.open = map[string]File{}
	}
	f.open[path] = folder
	return folder, true
}

// Close closes the folders.
func (f *Folders) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, folder := range f.open {
		folder.Close()
	}
	f.open = nil
}
