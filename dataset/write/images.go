package write

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"cocostat/internal/imagesize"
	"cocostat/internal/layout"
)

// Mode says what becomes of the files of images.
type Mode string

// The modes.
const (
	Link Mode = "link" // a hard link, or where the system has none, a symbolic one
	Copy Mode = "copy"
	None Mode = "none" // they stay where they are
)

// Modes are all of them.
var Modes = []Mode{Link, Copy, None}

// find returns the file of an image, "" if it is not there.
func (p *Part) find(name string) string {
	if p.Locate != nil {
		return p.Locate(name)
	}
	return File(p.Images, name)
}

// File returns the file of an image that is named so, "" if it is not in the folder.
func File(folder, name string) string {
	if folder == "" {
		return ""
	}
	file, _, ok := layout.ImageFile(folder, name)
	if !ok {
		return ""
	}
	return file
}

// place puts the file of an image below the folder.
func (f *folder) place(p *Part, name, to string) error {
	if f.opt.Images == None || p.Again {
		return nil
	}
	from := p.find(name)
	if from == "" {
		if f.lost.Missing++; f.lost.FirstMissing == "" {
			f.lost.FirstMissing = name
		}
		return nil
	}
	to = filepath.Join(f.dir, filepath.FromSlash(to))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	put := link
	if f.opt.Images == Copy {
		put = copyFile
	}
	if err := put(from, to); err != nil {
		return fmt.Errorf("the image %s: %w", from, err)
	}
	f.lost.Placed++
	return nil
}

// link makes a link to a file that is no link.
func link(from, to string) error {
	from, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	if err := os.Link(from, to); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if from, err = filepath.Abs(from); err != nil {
		return err
	}
	return os.Symlink(from, to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// size returns the size of an image, as listed or else as its file has it; 0, 0
// if there is no telling.
func (p *Part) size(name string, width, height int) (w, h int) {
	if width > 0 && height > 0 {
		return width, height
	}
	file := p.find(name)
	if file == "" {
		return 0, 0
	}
	w, h, err := imagesize.Read(file)
	if err != nil {
		return 0, 0
	}
	return w, h
}

// writeFile writes a small file, and the folders above it.
func (f *folder) writeFile(name string, text []byte) error {
	to := filepath.Join(f.dir, filepath.FromSlash(name))
	err := os.WriteFile(to, text, 0o644)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(to), 0o755); err == nil {
			err = os.WriteFile(to, text, 0o644)
		}
	}
	return err
}
