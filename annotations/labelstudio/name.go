package labelstudio

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// imageName finds the name of the image among the texts of a task.
type imageName struct {
	text string
	rank int // how likely it is, from 1
}

// offer considers a text and its key.
func (n *imageName) offer(key, text string) {
	rank := 1
	switch {
	case text == "" || key == "created_at" || key == "updated_at":
		return
	case slices.Contains([]string{"image", "img", "photo", "picture", "image_url"}, strings.ToLower(key)):
		rank = 4
	case isImage(text):
		rank = 3
	case strings.Contains(text, "/"):
		rank = 2
	}
	if rank > n.rank {
		n.text, n.rank = text, rank
	}
}

func isImage(text string) bool {
	ext := strings.ToLower(path.Ext(text))
	return slices.Contains([]string{".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff"}, ext)
}

// name is the path of a local file, or the last part of an address.
func (n *imageName) name() string {
	text := n.text
	if _, local, is := strings.Cut(text, "?d="); is {
		if plain, err := url.QueryUnescape(local); err == nil {
			local = plain
		}
		return strings.TrimLeft(path.Clean("/"+strings.ReplaceAll(local, `\`, "/")), "/")
	}
	text, _, _ = strings.Cut(text, "?")
	if text == "" {
		return ""
	}
	base := path.Base(strings.ReplaceAll(text, `\`, "/"))
	if plain, err := url.PathUnescape(base); err == nil && !strings.Contains(plain, "/") {
		base = plain
	}
	return base
}
