package write

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"cocostat/annotations"
	"cocostat/internal/atomicfile"
)

// coco writes a folder with a file for each part.
func (f *folder) coco(parts []Part) error {
	if err := os.MkdirAll(filepath.Join(f.dir, "annotations"), 0o755); err != nil {
		return err
	}
	for i := range parts {
		p := &parts[i]
		names, err := f.cocoNames(p)
		if err != nil {
			return err
		}
		to := filepath.Join(f.dir, "annotations", "instances_"+p.Name+".json")
		if err := atomicfile.Write(to, func(w io.Writer) error { return p.json(f.ctx, w, names) }); err != nil {
			return err
		}
		if err := f.cocoImages(p, names); err != nil {
			return err
		}
	}
	return nil
}

// JSON writes a part as COCO's JSON: as it is, if it can be copied, or else anew.
func (p *Part) JSON(ctx context.Context, w io.Writer) error { return p.json(ctx, w, nil) }

// json is JSON with other names for the images, in their order; nil: they keep theirs.
func (p *Part) json(ctx context.Context, w io.Writer, names []imageName) error {
	if p.Copy != nil {
		return p.Copy(ctx, w)
	}
	return COCOFile(ctx, w, func(ctx context.Context, v annotations.Visitor) error {
		image, next := v.Image, 0
		v.Image = func(im *annotations.Image) error {
			if names == nil {
				return image(im)
			}
			if next == len(names) {
				return fmt.Errorf("the part %s has other images than before", p.Name)
			}
			renamed := *im
			renamed.FileName = names[next].local
			next++
			return image(&renamed)
		}
		return p.Scan(ctx, v)
	})
}

// imageName is a file name as listed, and that below the folder of images; "" if
// there is none.
type imageName struct{ listed, local string }

// cocoNames names the images of a part below their folder; nil where they need no
// names, since they stay where they are.
func (f *folder) cocoNames(p *Part) ([]imageName, error) {
	if !f.opt.Flat && (f.opt.Images == None || p.Again) {
		return nil, nil
	}
	names := []imageName{}
	err := p.Scan(f.ctx, annotations.Visitor{Image: func(im *annotations.Image) error {
		name := imageName{listed: im.FileName}
		var err error
		switch {
		case im.FileName == "":
			f.lost.Nameless++
		case p.Copy != nil:
			name.local, err = f.kept(im.FileName)
		default:
			var renamed bool
			if name.local, renamed, err = f.names.take(p.Name, im.FileName); renamed {
				f.lost.Renamed++
			}
		}
		names = append(names, name)
		return err
	}})
	return names, err
}

// kept returns the path below the folder of an image whose name stays in a copy of
// the annotations.
func (f *folder) kept(name string) (string, error) {
	local, err := f.names.local(name)
	if err == nil && (f.opt.Flat || filepath.ToSlash(filepath.Clean(filepath.FromSlash(name))) != local) {
		err = fmt.Errorf("the image %q cannot be placed under another name, since the annotations are copied as they are: leave the images where they are, with --images none and without --flat", name)
	}
	return local, err
}

// cocoImages places the images of a part.
func (f *folder) cocoImages(p *Part, names []imageName) error {
	base := path.Join("images", p.Name)
	if f.opt.Together {
		base = "images"
	}
	placed := map[string]bool{}
	for i, name := range names {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		if name.local == "" || placed[name.local] { // listed twice in a copy
			continue
		}
		placed[name.local] = true
		if err := f.place(p, name.listed, path.Join(base, name.local)); err != nil {
			return err
		}
		f.progress(p, i+1, len(names))
	}
	return nil
}
