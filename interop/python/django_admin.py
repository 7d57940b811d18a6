"""What somebody does in Django's admin: looks at pages, fills in forms, chooses actions."""
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory

admin.autodiscover()


def request(method='get', data=None):
    made = getattr(RequestFactory(), method)('/admin/', data)
    made.user, _ = User.objects.get_or_create(username='ada', is_active=True, is_staff=True, is_superuser=True)
    made._messages = CookieStorage(made)
    made._dont_enforce_csrf_checks = True
    return made


def page(model, *args):
    view = admin.site._registry[model]
    response = view.change_view(request(), *args) if args else view.changelist_view(request())
    return response.render().content.decode()


def add(model, **fields):
    """Answers what the form complains about, which is nothing where the row was made."""
    response = admin.site._registry[model].add_view(request('post', fields))
    return response.context_data['errors'] if hasattr(response, 'context_data') else []


def act(model, action, rows):
    getattr(admin.site._registry[model], action)(request(), rows)
