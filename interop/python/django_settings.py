"""A project of Django with little but what Celery keeps, as far as it is installed, and an admin that shows it to anybody."""
import os
from importlib.util import find_spec
from urllib.parse import urlsplit

url = urlsplit(os.environ['INTEROP_DATABASE'])
DATABASES = {'default': {
    'ENGINE': 'django.db.backends.postgresql', 'HOST': url.hostname, 'PORT': url.port, 'USER': url.username,
    'NAME': url.path[1:],
}}
INSTALLED_APPS = [
    'django.contrib.admin', 'django.contrib.auth', 'django.contrib.contenttypes', 'django.contrib.messages',
    'django.contrib.sessions',
    *(app for app in ('django_celery_results', 'django_celery_beat') if find_spec(app)),
]
TEMPLATES = [{
    'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True,
    'OPTIONS': {'context_processors': [
        'django.template.context_processors.request', 'django.contrib.auth.context_processors.auth',
        'django.contrib.messages.context_processors.messages',
    ]},
}]
ROOT_URLCONF = 'django_urls'
SECRET_KEY = 'of a test'
STATIC_URL = '/static/'
USE_TZ = True
TIME_ZONE = 'America/New_York'
