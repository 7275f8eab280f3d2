// Package atomicfile writes files that appear whole or not at all.
//
// The bytes go to a temporary file in the destination's folder, which is
// synced and then renamed over the destination. A reader therefore sees the
// old file or the new one, never a part of either, and an interrupted or
// failed write leaves the old file as it was.
//
// A symbolic link stays, and what it points to is replaced. What is no file
// (a device, a pipe, a descriptor such as /dev/stdout) stays too, and is written
// to as it is.
//
// A process that is killed leaves its temporary file, which the next write to
// the same destination removes.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// File is a file to be written: Fill writes its content, or the rest of it if it
// was begun already.
type File struct {
	Path  string
	Fill  func(w io.Writer) error
	Begun *Pending // nil: it was not
}

// Write calls fill with a buffered writer and puts what it wrote at path.
// When fill or any step after it fails, nothing is left behind and the
// previous content of path, if any, stays. The file gets mode 0644, or keeps
// the mode of the file it replaces. A file that may not be written is not
// replaced.
func Write(path string, fill func(w io.Writer) error) error {
	return WriteAll(File{Path: path, Fill: fill})
}

// WriteBytes puts data at path as Write does.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteAll writes files that belong together as Write does each of them. The
// first appears only when all are written, so that a failure to write one
// leaves all previous ones.
func WriteAll(files ...File) error {
	var all []*staged
	defer func() {
		for _, s := range all {
			s.discard()
		}
	}()
	for _, f := range files {
		p, err := f.Begun, error(nil)
		if p == nil {
			p, err = Begin(f.Path)
		}
		if err == nil {
			all = append(all, p.staged)
			err = p.finish(f.Fill)
		}
		if err != nil {
			return failure(f.Path, err)
		}
	}
	for i, s := range all {
		if err := s.publish(); err != nil {
			return failure(files[i].Path, err)
		}
	}
	return nil
}

// failure wraps err without the name of the temporary file.
func failure(path string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	} else if l, ok := errors.AsType[*os.LinkError](err); ok {
		err = l.Err
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}

// staged is a file on its way to its destination.
type staged struct {
	file *os.File
	to   string // "" once it is there, or where the file is the destination
	mode os.FileMode
}

// open makes the temporary file for path, or opens what is no file.
func open(path string) (*staged, error) {
	s := &staged{to: path, mode: 0o644}
	if number, is := descriptor(path); is {
		file, err := stream(path, number)
		return &staged{file: file}, err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, syscall.EISDIR
	case err == nil:
		// Only what may be written is replaced.
		existing, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return &staged{file: existing}, nil
		}
		existing.Close()
		s.mode = info.Mode().Perm()
		if s.to, err = filepath.EvalSymlinks(path); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	s.file, err = temporary(filepath.Dir(s.to), filepath.Base(s.to))
	return s, err
}

// stream opens a descriptor for writing: one of this process as it stands, at
// its place in a file.
func stream(path string, number int) (*os.File, error) {
	if number == elsewhere {
		return os.OpenFile(path, os.O_WRONLY, 0)
	}
	again, err := duplicate(number)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(again), path), nil
}

// Pending is a file that is being written: a File of WriteAll, or nothing after
// Discard. Its errors do not name it.
type Pending struct {
	Path string
	*bufio.Writer
	staged *staged
}

// Begin begins a file at path, for content that is there before other files that
// it belongs to can be written. Path must not be a folder.
func Begin(path string) (*Pending, error) {
	s, err := open(path)
	if err != nil {
		return nil, err
	}
	return &Pending{path, bufio.NewWriterSize(s.file, 1<<18), s}, nil
}

// Discard removes the file.
func (p *Pending) Discard() { p.staged.discard() }

// Reopen opens what was written for reading.
func (p *Pending) Reopen() (*os.File, error) {
	if err := p.Flush(); err != nil {
		return nil, err
	}
	return os.Open(p.staged.file.Name())
}

// finish writes the content and makes sure that it is on the disk.
func (p *Pending) finish(fill func(w io.Writer) error) error {
	s := p.staged
	if err := fill(p.Writer); err != nil {
		return err
	}
	if err := p.Flush(); err != nil {
		return err
	}
	if s.to == "" {
		return s.file.Close()
	}
	if err := s.file.Chmod(s.mode); err != nil {
		return err
	}
	return s.file.Sync()
}

// publish moves the written file to its destination. It is open until then, and
// so locked, where the system renames open files.
func (s *staged) publish() error {
	if s.to == "" {
		return nil
	}
	if !renamesOpen {
		if err := s.file.Close(); err != nil {
			return err
		}
	}
	if err := os.Rename(s.file.Name(), s.to); err != nil {
		return err
	}
	s.to = ""
	forget(s.file)
	if !renamesOpen {
		return nil
	}
	return s.file.Close()
}

// discard removes what has not been published.
func (s *staged) discard() {
	if s.to == "" {
		s.file.Close()
		return
	}
	remove(s.file)
}

// Check reports what Write would find wrong with path, and leaves nothing
// there: a way to learn it before the work that makes the content.
func Check(path string) error {
	if IsStream(path) {
		return nil // opening a pipe would disturb its reader
	}
	s, err := open(path)
	if err != nil {
		return failure(path, err)
	}
	s.discard()
	return nil
}

// CheckFolder reports what stands in the way of files in dir, a folder that
// may have to be made, and leaves nothing there.
func CheckFolder(dir string) error {
	existing := filepath.Clean(dir)
	info, err := os.Stat(existing)
	for errors.Is(err, fs.ErrNotExist) && existing != filepath.Dir(existing) {
		existing = filepath.Dir(existing)
		info, err = os.Stat(existing)
	}
	switch {
	case err != nil:
		return failure(dir, err)
	case !info.IsDir():
		return failure(dir, fmt.Errorf("%s is not a folder", existing))
	}
	f, err := temporary(existing, "folder")
	if err != nil {
		return failure(dir, err)
	}
	remove(f)
	return nil
}
