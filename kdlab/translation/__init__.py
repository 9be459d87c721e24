"""The lab in other languages: which one is spoken now, and labels by their English words."""

from kdlab.translation.catalogue import ENGLISH as ENGLISH
from kdlab.translation.catalogue import LANGUAGES as LANGUAGES
from kdlab.translation.catalogue import ask as ask
from kdlab.translation.catalogue import language as language
from kdlab.translation.catalogue import say as say
from kdlab.translation.catalogue import speaking as speaking
